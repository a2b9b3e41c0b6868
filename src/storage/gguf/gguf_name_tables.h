// What parts of GGUF files are called in the files that a model was published with, as data.
#ifndef MODELKIN_STORAGE_GGUF_GGUF_NAME_TABLES_H_
#define MODELKIN_STORAGE_GGUF_GGUF_NAME_TABLES_H_

#include <array>
#include <span>
#include <string_view>

namespace modelkin {

// "attn_q" stands for "blk.{L}.attn_q.weight" and ".bias". Names outside layers are those of GGUF
// as they are, and of "enc.blk.{L}.attn_q" it is "enc.attn_q".
struct NameRule {
  std::string_view stored, published;
  bool is_whole = false;  // both names are all there is, without such an ending
};

// Two tensors of which the published model has one: of each expert, or of all, the rows of the
// first before those of the second.
struct JoinRule {
  std::string_view first, second;  // parts of a layer: "ffn_gate_exps"
  std::string_view published;      // with its ending
  bool is_turned = false;          // inputs first
};

struct NameTable {
  std::string_view architecture;
  std::array<std::span<const NameRule>, 3> names = {};  // tried in this order before Llama's
  std::span<const JoinRule> joins = {};
};

// The names of transformers' Llama, which most architectures have for most parts.
std::span<const NameRule> LlamaNames();

// Null of an architecture without names of its own. Besides llama.cpp's there are "mixtral", which
// it calls "llama", "bamba" ("granitehybrid"), "distilbert" ("bert"), "glm" ("chatglm") and
// "t5 gated".
const NameTable* FindNameTable(std::string_view architecture);

// Architectures with layers of other kinds than attention (gguf_hybrid_names.cc).
std::span<const NameTable> HybridNameTables();

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_NAME_TABLES_H_
