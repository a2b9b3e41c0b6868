// Linear attention by the gated delta rule (Yang et al., "Gated delta networks", arXiv 2412.06464,
// eq. 10): each head has a matrix in place of past keys and values, which forgets by a factor and
// is corrected towards the newest value under the newest key.
#ifndef MODELKIN_INFERENCE_DELTA_RULE_H_
#define MODELKIN_INFERENCE_DELTA_RULE_H_

#include <cstddef>
#include <vector>

#include "inference/activation_function.h"
#include "inference/activations.h"
#include "inference/batch.h"
#include "inference/layer_pass.h"

namespace modelkin {

struct DeltaRules {
  std::size_t key_heads = 0;               // each goes with value_heads / key_heads in a row
  std::size_t value_heads = 0;             // each with a matrix of its own
  std::size_t key_dim = 0, value_dim = 0;  // of a head
};

// A token's row, after the convolution: queries of all key heads, then keys, then values.
// `log_decay` and `correction` have a column for each value head: by how much the matrix is scaled,
// as a logarithm, and which share of the difference to the value is made up. Queries and keys are
// normalised, and queries divided by the square root of key_dim. Returns rows by value_heads *
// value_dim. `cache` may be null; its values are the matrices.
Activations DeltaRule(const DeltaRules& rules, const Activations& queries_keys_values,
                      const Activations& log_decay, const Activations& correction,
                      const Batch& batch, LayerCache* cache, unsigned threads);

// f(sum over the last tokens of filter * x), each channel with its own filter, its last weight for
// the newest token: `filters` is channels by kernel. Before a text there are zeros. `cache` may be
// null; its keys are the rows of the last kernel - 1 tokens.
Activations CausalConvolution(const Activations& x, const std::vector<float>& filters,
                              std::size_t kernel, ActivationFunction function, const Batch& batch,
                              LayerCache* cache, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_DELTA_RULE_H_
