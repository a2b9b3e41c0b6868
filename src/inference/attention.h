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

namespace modelkin {

// softmax(scale q transpose(k)) v for each text apart: rows by heads * value_dim. `queries` has a
// row for each token of the batch and heads * key_dim columns, keys and values the same for
// kv_heads. With a cache, keys and values are added to it and all that it has are attended to.
// `probe` may be null.
Activations Attend(const AttentionRules& rules, const Activations& queries, const Activations& keys,
                   const Activations& values, const Batch& batch, LayerCache* cache,
                   unsigned threads, AttentionProbe* probe = nullptr);

// Attention as most decoders have it (Ainslie et al., "GQA", arXiv 2305.13245): q, k, v, rotation,
// attention, o, with the weights of the layer's own attention.
struct GroupedAttention {
  AttentionRules rules;
  bool qkv_bias = false, output_bias = false;
  std::optional<double> head_norm_epsilon;  // RMSNorm of each head of q and k
};

Activations Attend(const LayerPass& pass, const Activations& x, const GroupedAttention& attention);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_ATTENTION_H_
