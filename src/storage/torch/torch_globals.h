// The names of Python objects that a torch file may contain, and what is made of each. Nothing is
// ever imported or called.
#ifndef MODELKIN_STORAGE_TORCH_TORCH_GLOBALS_H_
#define MODELKIN_STORAGE_TORCH_TORCH_GLOBALS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "numeric/dtype.h"

namespace modelkin {

enum class TorchGlobal : std::uint8_t {
  kDictionary,        // OrderedDict, defaultdict, Counter
  kRebuildTensor,     // (storage, offset, size, stride)
  kRebuildTensorV2,   // and (requires_grad, hooks[, metadata])
  kRebuildTensorV3,   // and (requires_grad, hooks, dtype[, metadata])
  kRebuildParameter,  // (tensor, requires_grad, hooks[, state])
  kRebuildFromType,   // (function, type, arguments, state)
  kOtherTensor,       // sparse, quantised, without data: no tensor that is read here
  kStorage,           // the type of a storage
  kType,              // of elements
  kSize,              // torch.Size: (sizes)
  kData,              // what training saves beside weights; its arguments are not looked at
};

// Returns what is made of `module`.`name`; nothing of a name that no checkpoint needs. The list is
// that of torch.load with weights_only=True (torch 2.15), and a few plain holders of numbers.
std::optional<TorchGlobal> MeaningOfGlobal(std::string_view module, std::string_view name);

// Returns the type of elements of a storage type ("HalfStorage"), or of a torch.dtype ("float16");
// nothing for a type that safetensors has not either.
std::optional<DType> TypeOfTorchStorage(std::string_view name);
std::optional<DType> TypeOfTorchDtype(std::string_view name);

// Returns whether the elements of a storage of that type are bytes, of whatever type.
bool IsUntypedStorage(std::string_view name);

// Returns the bytes of an element of a storage, of types that are not read as well; nothing for an
// unknown name.
std::optional<unsigned> WidthOfTorchStorage(std::string_view name);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_TORCH_TORCH_GLOBALS_H_
