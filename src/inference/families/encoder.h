// What encoders have in common: attention to the tokens on both sides.
#ifndef MODELKIN_INFERENCE_FAMILIES_ENCODER_H_
#define MODELKIN_INFERENCE_FAMILIES_ENCODER_H_

#include <cmath>
#include <cstddef>
#include <optional>

#include "inference/attention.h"
#include "inference/model_facts.h"

namespace modelkin::families {

// With as many heads of keys as of queries. `window`: as AttentionRules has it.
inline GroupedAttention BothWays(const ModelFacts& facts, bool bias,
                                 std::optional<std::size_t> window = {}) {
  const std::size_t heads = facts.Size("heads");
  const std::size_t head_dim = facts.Size("head_dim");
  return {.rules = {.heads = heads,
                    .kv_heads = heads,
                    .key_dim = head_dim,
                    .value_dim = head_dim,
                    .scale = static_cast<float>(1 / std::sqrt(static_cast<double>(head_dim))),
                    .causal = false,
                    .window = window,
                    .sinks = {}},
          .qkv_bias = bias,
          .output_bias = bias,
          .head_norm_epsilon = {}};
}

}  // namespace modelkin::families

#endif  // MODELKIN_INFERENCE_FAMILIES_ENCODER_H_
