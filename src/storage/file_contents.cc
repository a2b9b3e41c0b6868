#include "storage/file_contents.h"

#include "storage/safetensors.h"

namespace modelkin {

FileContents ReadFileContents(const ByteSource& file, bool /*as_stored*/) {
  SafetensorsHeader header = ReadSafetensorsHeader(file);
  FileContents contents;
  contents.header_bytes = header.header_bytes;
  contents.tensors = std::move(header.tensors);
  return contents;
}

}  // namespace modelkin
