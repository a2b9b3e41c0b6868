// Projections of the gated delta rule (Qwen3-Next, Qwen3.5) in the order that models are published
// with.
#ifndef MODELKIN_STORAGE_GGUF_GGUF_LINEAR_ATTENTION_H_
#define MODELKIN_STORAGE_GGUF_GGUF_LINEAR_ATTENTION_H_

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "storage/tensor.h"

namespace modelkin {

// Sizes of linear attention; 0 where config.json says nothing.
struct DeltaRuleSizes {
  std::uint64_t key_heads = 0, value_heads = 0, key_dim = 0, value_dim = 0;

  // Returns whether value heads share key heads evenly.
  bool valid() const;
};

DeltaRuleSizes DeltaRuleSizesOf(const nlohmann::json& config);

// Returns Qwen3.5's weight of that name ("...linear_attn.in_proj_z.weight"), of which llama.cpp
// has value heads in turn: the first that goes with each key head, then the second. `tensor`: as
// stored, or undone to what was. Nothing where nothing was reordered, or where the shape is
// another.
std::optional<Tensor> InPublishedHeadOrder(const Tensor& tensor, const std::string& name,
                                           const DeltaRuleSizes& sizes);

// Returns Qwen3-Next's "in_proj_qkvz.weight": of each key head q, k, v and z one after the other.
// `qkv`: all q, all k, all v; `z`: all of it. Nothing where the shapes are others.
std::optional<Tensor> InterleavedByKeyHead(const Tensor& qkv, const Tensor& z, std::string name,
                                           const DeltaRuleSizes& sizes);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_LINEAR_ATTENTION_H_
