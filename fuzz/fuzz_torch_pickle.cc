#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_check.h"
#include "source/byte_source.h"
#include "storage/torch/state_dict.h"
#include "storage/torch/torch_file.h"
#include "storage/torch/torch_tensor.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "fuzz.pt";
constexpr std::uint64_t kStorageBytes = 96;

void CheckTensor(const Tensor& tensor, std::uint64_t begin, std::uint64_t end) {
  Check(tensor.offset_bytes >= begin && tensor.offset_bytes <= end, "begin within its storage");
  Check(tensor.length_bytes <= end - tensor.offset_bytes, "end within its storage");
  Check(ElementCount(tensor.shape) == tensor.elements, "elements are the shape's product");
  const std::uint64_t width = ByteWidth(tensor.dtype);
  Check(tensor.elements <= tensor.length_bytes / width, "no element twice for all");
  if (tensor.view == nullptr) {
    Check(tensor.length_bytes == tensor.elements * width, "bytes are elements times width");
    return;
  }
  std::uint64_t last = tensor.view->offset;
  for (std::size_t i = 0; i < tensor.view->dimensions.size(); ++i) {
    last += (tensor.view->dimensions[i] - 1) * tensor.view->strides[i];
  }
  Check(last < tensor.length_bytes / width, "view within its bytes");
}

// Reads a pickle as that of a file whose storages "0" to "9" have 96 bytes each.
void ReadObject(const ByteSource& file) {
  const Pickle pickle(file, 0);
  Check(pickle.end_bytes() <= file.size_bytes(), "pickle within the file");
  StoragePlaces places;
  for (char key = '0'; key <= '9'; ++key) {
    places.emplace(std::string(1, key),
                   StoragePlace{.offset_bytes = 4096, .length_bytes = kStorageBytes});
  }
  const StateDict weights = ChooseStateDict(file.label(), pickle, IsTorchTensor);
  Check(!weights.tensors.empty(), "some tensors");
  for (const StateDict::Entry& entry : weights.tensors) {
    CheckTensor(ReadTorchTensor(file.label(), pickle, entry.value, entry.name, places), 4096,
                4096 + kStorageBytes);
  }
}

void ReadWhole(const ByteSource& file) {
  const FileContents contents = ReadTorchFile(file);
  Check(contents.header_bytes <= file.size_bytes(), "size of the header");
  for (const Tensor& tensor : contents.tensors) CheckTensor(tensor, 0, file.size_bytes());
}

template <class Function>
void Refusing(Function&& read, std::uint64_t size) {
  try {
    read();
  } catch (const Error& error) {
    CheckRefusal(error, kLabel, size);
  }
}

}  // namespace
}  // namespace modelkin

// Reads the input as the pickle of an object, and as a whole file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modelkin;
  const auto* const begin = reinterpret_cast<const std::byte*>(data);
  const auto file = MakeMemorySource(kLabel, std::vector<std::byte>(begin, begin + size));
  Refusing([&] { ReadObject(*file); }, size);
  Refusing([&] { ReadWhole(*file); }, size);
  return 0;
}
