// Which types a model's numbers are stored as, and what such a mix is called.
#ifndef MODELKIN_STORAGE_TYPE_MIX_H_
#define MODELKIN_STORAGE_TYPE_MIX_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/tensor.h"

namespace modelkin {

struct TypeUse {
  std::string type;  // as TypeText says
  std::uint64_t tensors = 0, elements = 0, bytes = 0;
};

struct TypeMix {
  // llama.cpp's name, "Q4_K_M", by the number that a GGUF file has for it; "" for none, and where
  // most elements of layers' matrices are of another type than such a mix has.
  std::string name;
  double bits_a_weight = 0;    // of all tensors, with scales; 0 of no elements
  std::vector<TypeUse> types;  // those of most elements first
};

// `file_type`: "general.file_type" of a GGUF file, nothing of others. Bytes of a stored tensor that
// several views are of are counted once.
TypeMix MixOf(std::span<const Tensor> tensors, std::optional<std::uint64_t> file_type);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_TYPE_MIX_H_
