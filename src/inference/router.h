// Which experts a token goes to, and with which weights: one function a kind of router.
#ifndef MODELKIN_INFERENCE_ROUTER_H_
#define MODELKIN_INFERENCE_ROUTER_H_

#include <array>
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

// DeepSeek-V3's (arXiv 2412.19437, section 2.1.2): sigmoids are weights, and sigmoids plus a
// correction bias choose. Experts come from the groups whose two best add up to most.
struct SigmoidRouting {
  std::size_t chosen = 1;
  std::size_t groups = 1, groups_chosen = 1;
  bool normalise = true;
  float scale = 1;
};

enum class RouterKind : std::uint8_t { kSigmoid, kSoftmax, kChosenSoftmax, kSparseMixer };

// How one token's choice came about. Vectors have one value an expert, unless said otherwise.
struct RouterProbe {
  std::size_t row = 0;  // of the token; all else is filled in
  RouterKind kind = RouterKind::kSoftmax;
  SigmoidRouting routing;  // of other kinds what they have of it
  double epsilon = 0;      // SparseMixer's
  std::vector<float> logits;
  std::vector<float> scores;    // sigmoids, or a softmax over all; empty where logits alone count
  std::vector<float> bias;      // of correction; the sigmoid router's
  std::vector<float> choosing;  // the largest of these are chosen; -infinity in groups left out
  std::vector<float> groups;    // one a group: what groups are chosen by, where some are left out
  // SparseMixer's two picks: the softmax of each over the experts near its best, 0 for others.
  std::array<std::vector<float>, 2> picks;
};

// Of all of these `logits` is tokens by experts, and 0 < chosen <= experts. A token with a score
// that is NaN or infinite gets weights of NaN. `probe` may be null.

// Softmax over all experts; the weights of those chosen are divided by their sum if `normalise`.
RouterChoice SoftmaxRouter(const Activations& logits, std::size_t chosen, bool normalise,
                           RouterProbe* probe = nullptr);

// Softmax over those chosen alone.
RouterChoice ChosenSoftmaxRouter(const Activations& logits, std::size_t chosen,
                                 RouterProbe* probe = nullptr);

RouterChoice SigmoidRouter(const Activations& logits, const std::vector<float>& correction_bias,
                           const SigmoidRouting& routing, RouterProbe* probe = nullptr);

// SparseMixer at inference (Liu et al., "GRIN", arXiv 2409.12136): two picks, each with a softmax
// of its own over the experts near the best; weights are not made to sum to 1.
RouterChoice SparseMixerRouter(const Activations& logits, double epsilon,
                               RouterProbe* probe = nullptr);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_ROUTER_H_
