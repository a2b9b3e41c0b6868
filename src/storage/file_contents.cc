#include "storage/file_contents.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/escaped_text.h"
#include "storage/file_signature.h"
#include "storage/gguf/gguf_tensors.h"
#include "storage/safetensors.h"
#include "storage/torch/torch_file.h"

namespace modelkin {
namespace {

// As a header's length of safetensors that would be over its limit.
bool BeginsAsGguf(const ByteSource& file) {
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(0, std::min<std::uint64_t>(file.size_bytes(), 4), scratch);
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return head == "GGUF";
}

FileContents ReadGguf(const ByteSource& file, bool as_stored, std::uint32_t index) {
  auto gguf = std::make_shared<const GgufFile>(ReadGgufFile(file));
  FileContents contents;
  contents.header_bytes = gguf->header_bytes;
  contents.tensors = TensorsOfGguf(*gguf, index, as_stored);
  const std::string type = gguf->Text("general.type");
  if (!type.empty() && type != "model") {
    contents.warnings.push_back(Say("{} says that it is no model, but: {}",
                                    "{}은(는) 스스로 모델이 아니라 {}(이)라고 함",
                                    Printable(file.label()), Printable(type, 64)));
  }
  contents.split = gguf->split;
  contents.splits = gguf->splits;
  contents.gguf = std::move(gguf);
  return contents;
}

FileContents ReadSafetensors(const ByteSource& file) {
  SafetensorsHeader header = ReadSafetensorsHeader(file);
  FileContents contents;
  contents.header_bytes = header.header_bytes;
  contents.tensors = std::move(header.tensors);
  return contents;
}

}  // namespace

FileContents ReadFileContents(const ByteSource& file, bool as_stored, std::uint32_t index) {
  if (BeginsAsGguf(file)) return ReadGguf(file, as_stored, index);
  FileContents contents = IsTorchSave(file) ? ReadTorchFile(file) : ReadSafetensors(file);
  for (Tensor& tensor : contents.tensors) tensor.file = index;
  return contents;
}

}  // namespace modelkin
