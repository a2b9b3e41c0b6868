// Which model type of transformers an architecture of llama.cpp is, and what the family calls what
// GGUF has one key for, as data.
#ifndef MODELKIN_STORAGE_GGUF_GGUF_FAMILY_KEYS_H_
#define MODELKIN_STORAGE_GGUF_GGUF_FAMILY_KEYS_H_

#include <span>
#include <string_view>

namespace modelkin {

// "ssm.state_size", without the architecture before it, or a quotient: "ssm.inner_size /
// ssm.time_step_rank". `name`: of config.json, in place of what other families call it.
struct FamilyKey {
  std::string_view key, name;
};

// What config.json calls a layer that a list of GGUF marks, and one that it does not.
struct LayerWords {
  std::string_view marked, other;
};

struct GgufFamily {
  std::string_view architecture;
  std::string_view model_type;  // "" if that is the architecture
  std::span<const FamilyKey> keys = {};
  // Of layers with heads of keys and values, in "attention.head_count_kv", where some have none.
  LayerWords attending = {};
};

// Null of an architecture that differs in nothing.
const GgufFamily* FindGgufFamily(std::string_view architecture);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_FAMILY_KEYS_H_
