// The types in which GGUF stores numbers (ggml.h of llama.cpp, and gguf's constants.py).
#ifndef MODELKIN_STORAGE_GGUF_GGUF_TYPES_H_
#define MODELKIN_STORAGE_GGUF_GGUF_TYPES_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "numeric/dtype.h"

namespace modelkin {

struct GgufType {
  std::uint32_t id = 0;
  std::string_view name;     // "Q4_K"
  std::uint32_t values = 1;  // a block, which lies within one row
  std::uint32_t bytes = 0;   // a block
  // The element type of what is stored as it is; nothing of blocks.
  std::optional<DType> plain = std::nullopt;
};

// Returns the type of this number; null where there is none, or none that files have.
const GgufType* FindGgufType(std::uint32_t id);

// Returns the name of a type that has a number, but is not written into files, or no longer; "" of
// others.
std::string_view NameOfUnwrittenGgufType(std::uint32_t id);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_TYPES_H_
