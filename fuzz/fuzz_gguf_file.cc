#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "fuzz_check.h"
#include "source/byte_source.h"
#include "storage/coded_weight.h"
#include "storage/gguf/gguf_file.h"
#include "storage/gguf/gguf_tensors.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "fuzz.gguf";
constexpr std::uint64_t kMostDecoded = 1000;  // values of a tensor

// The format's promises, from the file's own words.
void CheckFile(const GgufFile& gguf, std::uint64_t size_bytes) {
  Check(gguf.header_bytes <= size_bytes, "size of what is before the data");
  Check(gguf.split < gguf.splits, "number of a file");
  // Each key and each item takes bytes.
  Check(gguf.entries.size() <= size_bytes / 13, "no more keys than the file has room for");
  std::uint64_t end = gguf.header_bytes;
  std::set<std::string> names;
  for (const GgufTensor& tensor : gguf.tensors) {
    Check(tensor.offset_bytes >= end, "no tensor overlaps another");
    Check(tensor.offset_bytes <= size_bytes &&
              tensor.length_bytes <= size_bytes - tensor.offset_bytes,
          "tensor within the file");
    end = tensor.offset_bytes + tensor.length_bytes;
    Check(names.insert(tensor.name).second, "unique names");
    Check(ElementCount(tensor.shape) == tensor.elements && tensor.elements > 0, "elements");
    Check(tensor.elements / tensor.type->values * tensor.type->bytes == tensor.length_bytes,
          "bytes are those of the blocks");
  }
}

class MemoryParts : public PartReader {
 public:
  explicit MemoryParts(const ByteSource& file) : file_(file) {}
  std::span<const std::byte> Read(const Tensor& part, std::uint64_t offset_bytes,
                                  std::uint64_t length_bytes,
                                  std::vector<std::byte>& scratch) const override {
    Check(offset_bytes <= part.length_bytes && length_bytes <= part.length_bytes - offset_bytes,
          "reads stay in the part");
    return file_.Read(part.offset_bytes + offset_bytes, length_bytes, scratch);
  }

 private:
  const ByteSource& file_;
};

void CheckDecoding(const ByteSource& file, const Tensor& tensor) {
  if (tensor.coded == nullptr) return;
  const std::uint64_t count = std::min(tensor.elements, kMostDecoded);
  std::vector<float> values(count);
  DecodeElements(MemoryParts(file), tensor, tensor.elements - count, count, values.data());
  GridStepsOfElements(MemoryParts(file), tensor, 0, count, values.data());
}

void ReadFile(const std::uint8_t* data, std::size_t size) {
  const auto* const begin = reinterpret_cast<const std::byte*>(data);
  const auto file = MakeMemorySource(kLabel, std::vector<std::byte>(begin, begin + size));
  try {
    const GgufFile gguf = ReadGgufFile(*file);
    CheckFile(gguf, size);
    Check(TensorsOfGguf(gguf, 0, true).size() == gguf.tensors.size(), "all tensors");
    std::vector<Tensor> tensors = TensorsOfGguf(gguf, 0, false);
    FinishGgufTensors(gguf, tensors);
    for (const Tensor& tensor : tensors) CheckDecoding(*file, tensor);
  } catch (const Error& error) {
    // What is said of a tensor's form gets its file from who knows the files.
    if (!error.site().file.empty()) CheckRefusal(error, kLabel, size);
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadFile(data, size);
  return 0;
}
