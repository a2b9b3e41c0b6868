// The tokenizer among a GGUF file's key-value pairs.
#ifndef MODELKIN_TOKENIZER_GGUF_PAIRS_H_
#define MODELKIN_TOKENIZER_GGUF_PAIRS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "source/byte_source.h"

namespace modelkin {

// How llama.cpp counts kinds of tokens.
enum class GgufTokenType : std::int32_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6
};

// Values of keys that begin with "tokenizer.ggml."; texts are views of the file's bytes.
struct GgufPairs {
  std::string_view model, pre;  // "gpt2", "llama-bpe"; "" for none
  std::vector<std::string_view> tokens, merges;
  std::vector<std::int32_t> types;  // of tokens, as many as there are or fewer
  std::vector<float> scores;        // likewise
  std::optional<std::uint32_t> bos, eos, unknown, separator;
  std::optional<bool> add_bos, add_eos, add_separator, add_space_prefix, lowercase, strip_accents;

  bool IsOfType(std::size_t token, GgufTokenType type) const {
    return token < types.size() && types[token] == static_cast<std::int32_t>(type);
  }
};

// `scratch` has to outlive the result. Throws Error(kBadInput) where the pairs break a rule of the
// format, do not end within 512 MiB, or hold no tokens.
GgufPairs ReadGgufPairs(const ByteSource& file, std::vector<std::byte>& scratch);

}  // namespace modelkin

#endif  // MODELKIN_TOKENIZER_GGUF_PAIRS_H_
