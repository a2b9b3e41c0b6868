// Which experts a token goes to, and with which weights: one function a kind of router.
#ifndef MODELKIN_INFERENCE_ROUTER_H_
#define MODELKIN_INFERENCE_ROUTER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "inference/activations.h"

namespace modelkin {

// Chosen experts of each token, in order of weight, the largest first.
struct RouterChoice {
  std::size_t chosen = 0;              // experts a token
  std::vector<std::uint32_t> experts;  // tokens by chosen
  std::vector<float> weights;          // that their outputs are multiplied by
  std::size_t experts_in_all = 0;
  // Tokens whose last chosen expert and best unchosen one score alike up to 1e-5 of the larger:
  // another order of sums may choose otherwise.
  std::size_t near_ties = 0;

  std::size_t tokens() const { return chosen == 0 ? 0 : experts.size() / chosen; }
};

// Of all of these `logits` is tokens by experts, and 0 < chosen <= experts.

// Softmax over all experts; the weights of those chosen are divided by their sum if `normalise`.
RouterChoice SoftmaxRouter(const Activations& logits, std::size_t chosen, bool normalise);

// Softmax over those chosen alone.
RouterChoice ChosenSoftmaxRouter(const Activations& logits, std::size_t chosen);

// DeepSeek-V3's (arXiv 2412.19437, section 2.1.2): sigmoids are weights, and sigmoids plus a
// correction bias choose. Experts come from the groups whose two best add up to most.
struct SigmoidRouting {
  std::size_t chosen = 1;
  std::size_t groups = 1, groups_chosen = 1;
  bool normalise = true;
  float scale = 1;
};
RouterChoice SigmoidRouter(const Activations& logits, const std::vector<float>& correction_bias,
                           const SigmoidRouting& routing);

// SparseMixer at inference (Liu et al., "GRIN", arXiv 2409.12136): two picks, each with a softmax
// of its own over the experts near the best; weights are not made to sum to 1.
RouterChoice SparseMixerRouter(const Activations& logits, double epsilon);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_ROUTER_H_
