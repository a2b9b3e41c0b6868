// Tensors of a torch file: pieces of storages.
#ifndef MODELKIN_STORAGE_TORCH_TORCH_TENSOR_H_
#define MODELKIN_STORAGE_TORCH_TORCH_TENSOR_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "storage/tensor.h"
#include "storage/torch/pickle.h"

namespace modelkin {

// Where the numbers of a storage lie in the file.
struct StoragePlace {
  std::uint64_t offset_bytes = 0, length_bytes = 0;
};

// By key, as text.
using StoragePlaces = std::map<std::string, StoragePlace, std::less<>>;

// What a persistent id says of a storage.
struct StorageId {
  std::string key;
  std::string_view type_name;  // "FloatStorage"
  std::uint64_t elements = 0;  // of that type
  unsigned width = 0;          // bytes of an element
  // Of old files: the part of it that is meant, in elements.
  std::string view_key;  // "" for all of it
  std::uint64_t view_offset = 0, view_elements = 0;
};

// What says how the elements of a storage make a tensor. Sizes and strides are as the file has
// them.
struct StridedTensor {
  std::optional<DType> dtype;
  std::string_view dtype_name;  // for people, where it is none that is read here
  std::uint64_t offset = 0;     // in elements
  Shape sizes, strides;
};

// Throws Error(kBadInput) about a tensor of a file ("" for none).
[[noreturn]] void FailTorch(const std::string& label, std::uint64_t offset_bytes,
                            std::string_view message, const std::string& tensor = {});

// Returns what the id of a storage says; nothing of an id of something else. Throws
// Error(kBadInput) where it is one, but makes no sense.
std::optional<StorageId> ReadStorageId(const std::string& label, const Pickle& pickle,
                                       const PickleValue& id);

// Returns whether the value is a tensor, of any kind.
bool IsTorchTensor(const Pickle& pickle, const PickleValue& value);

// Returns the tensor that a value is. Throws Error(kBadInput), with the tensor and the byte, for
// one of a kind or type that is not read here, and for one that reaches beyond its storage or
// repeats elements of it.
Tensor ReadTorchTensor(const std::string& label, const Pickle& pickle, const PickleValue& value,
                       const std::string& name, const StoragePlaces& places);

// Makes a tensor of a piece of a storage: plain where its elements lie one after the other, else
// with a view. `at_bytes`: where in the file it is said. Throws as ReadTorchTensor.
Tensor MakeStridedTensor(const std::string& label, std::uint64_t at_bytes, std::string name,
                         const StridedTensor& piece, const StoragePlace& storage);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_TORCH_TORCH_TENSOR_H_
