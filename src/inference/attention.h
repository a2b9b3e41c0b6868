// Attention, block by block: no matrix of tokens by tokens is ever in memory (Dao et al.,
// "FlashAttention", arXiv 2205.14135, algorithm 1; Milakov and Gimelshein, "Online normalizer
// calculation for softmax", arXiv 1805.02867, for the running softmax).
#ifndef MODELKIN_INFERENCE_ATTENTION_H_
#define MODELKIN_INFERENCE_ATTENTION_H_

#include <optional>

#include "inference/activations.h"
#include "inference/attention_rules.h"
#include "inference/batch.h"
#include "inference/layer_pass.h"
#include "inference/rotary.h"

namespace modelkin {

// softmax(scale q transpose(k)) v for each text apart: rows by heads * value_dim. `queries` has a
// row for each token of the batch and heads * key_dim columns, keys and values the same for
// kv_heads. With a cache, keys and values are added to it and all that it has are attended to.
// `probe` may be null.
Activations Attend(const AttentionRules& rules, const Activations& queries, const Activations& keys,
                   const Activations& values, const Batch& batch, LayerCache* cache,
                   unsigned threads, AttentionProbe* probe = nullptr);

// Queries at later positions are longer, so that attention over long texts stays sharp: by
// 1 + slope ln(1 + floor((position + first) / step)).
struct QueryGrowth {
  double slope = 0;
  double first = 0, step = 1;
};

// Attention as most decoders have it (Ainslie et al., "GQA", arXiv 2305.13245): q, k, v, rotation,
// attention, o, with the weights of the layer's own attention.
struct GroupedAttention {
  AttentionRules rules;
  bool qkv_bias = false, output_bias = false;
  std::optional<double> head_norm_epsilon;  // RMSNorm of each head of q and k
  bool head_norm_adds_one = false;          // its weights are added to 1
  // RMSNorm of all of q and of all of k.
  std::optional<double> projection_norm_epsilon;
  // RMSNorm without weights of each head of q and k, once rotated.
  std::optional<double> rotated_norm_epsilon;
  RotaryPairs pairs = RotaryPairs::kHalves;
  QueryGrowth growth;
};

Activations Attend(const LayerPass& pass, const Activations& x, const GroupedAttention& attention);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_ATTENTION_H_
