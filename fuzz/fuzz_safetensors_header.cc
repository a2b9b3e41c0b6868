#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "fuzz_check.h"
#include "source/byte_source.h"
#include "storage/safetensors.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "fuzz.safetensors";

// The format's promises, from the header's numbers alone.
void CheckHeader(const SafetensorsHeader& header, std::uint64_t size_bytes) {
  Check(header.header_bytes >= 8 + 2 && header.header_bytes <= size_bytes, "size of the header");
  std::uint64_t end = header.header_bytes;
  std::set<std::string> names;
  for (const Tensor& tensor : header.tensors) {
    Check(tensor.offset_bytes == end, "tensors tile the data");
    Check(tensor.length_bytes <= size_bytes - end, "tensor within the file");
    end += tensor.length_bytes;
    Check(names.insert(tensor.name).second, "unique names");
    Check(tensor.name.size() <= kMaxTensorNameBytes, "length of the name");
    Check(tensor.shape.size() <= kMaxTensorRank, "rank");
    Check(ElementCount(tensor.shape) == tensor.elements, "elements are the shape's product");
    Check(static_cast<unsigned __int128>(tensor.elements) * BitWidth(tensor.dtype) ==
              static_cast<unsigned __int128>(tensor.length_bytes) * 8,
          "bytes are elements times width");
  }
  Check(end == size_bytes, "tensors reach the file's end");
}

void CheckCatalogue(const Checkpoint& checkpoint, const SafetensorsHeader& header) {
  Check(checkpoint.tensors().size() == header.tensors.size(), "all tensors in the catalogue");
  std::uint64_t bytes = 0;
  for (const Tensor& tensor : checkpoint.tensors()) {
    bytes += tensor.length_bytes;
    Check(checkpoint.Find(tensor.name) == &tensor, "tensor is found by its name");
  }
  Check(bytes == checkpoint.total_bytes(), "sum of the bytes");
}

void ReadFile(const std::uint8_t* data, std::size_t size) {
  const auto* const begin = reinterpret_cast<const std::byte*>(data);
  const auto file = MakeMemorySource(kLabel, std::vector<std::byte>(begin, begin + size));
  try {
    const SafetensorsHeader header = ReadSafetensorsHeader(*file);
    CheckHeader(header, size);
    CheckCatalogue(OpenSafetensors(file), header);
  } catch (const Error& error) {
    CheckRefusal(error, kLabel, size);
  }
}

}  // namespace
}  // namespace modelkin

// Reads the input as a file, and once more as a header whose length field is right, as mutations
// seldom keep that.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadFile(data, size);
  if (size > 8) {
    std::vector<std::uint8_t> mended(data, data + size);
    // The header ends at the last brace: what follows is data.
    std::size_t end = size;
    while (end > 8 && mended[end - 1] != '}') --end;
    for (std::size_t i = 0; i < 8; ++i) {
      mended[i] = static_cast<std::uint8_t>((end - 8) >> (8 * i));
    }
    modelkin::ReadFile(mended.data(), mended.size());
  }
  return 0;
}
