#include "inference/families/decoder.h"

#include <cmath>

#include "inference/norms.h"

namespace modelkin::families {

Activations Decoder::FinalNorm(const Weights& weights, Activations hidden) const {
  RmsNormalise(hidden, weights.Vector(TensorOfModel(Role::kFinalNorm), hidden.columns), epsilon_,
               weights.threads());
  return hidden;
}

GroupedAttention Decoder::AttentionOf(std::size_t layer) const {
  const std::size_t head_dim = facts_.Size("head_dim");
  GroupedAttention attention{
      .rules = {.heads = facts_.Size("heads"),
                .kv_heads = facts_.Size("kv_heads"),
                .key_dim = head_dim,
                .value_dim = head_dim,
                .scale = static_cast<float>(1 / std::sqrt(static_cast<double>(head_dim))),
                .window = facts_.Window(layer),
                .sinks = {}},
      .qkv_bias = facts_.Has("qkv_bias"),
      .output_bias = facts_.Has("o_bias"),
      .head_norm_epsilon = {}};
  if (facts_.Has("qk_norm")) attention.head_norm_epsilon = epsilon_;
  return attention;
}

Activations Decoder::SigmoidMixture(const LayerPass& pass, const Activations& x,
                                    float scale) const {
  const std::size_t experts = facts_.Size("experts");
  const std::size_t groups = facts_.Size("groups");
  const std::size_t open = facts_.Size("groups_per_token");
  if (groups == 0 || experts % groups != 0 || open == 0 || open > groups) {
    facts_.Fail("n_group", "makes no groups of experts");
  }
  if (facts_.Size("experts_per_token") > experts / groups * open) {
    facts_.Fail("topk_group", "opens groups of fewer experts than a token goes to");
  }
  const RouterChoice choice =
      SigmoidRouter(RouterLogits(pass, x), pass.Vector(Role::kRouterCorrection, experts),
                    {.chosen = facts_.Size("experts_per_token"),
                     .groups = groups,
                     .groups_chosen = open,
                     .normalise = facts_.Flag("norm_topk_prob", true),
                     .scale = scale},
                    pass.probe_router());
  Activations out =
      MixExperts(pass, x, choice, GatedExpert(pass, facts_.Size("expert_width"), function_));
  if (facts_.Has("shared")) {
    pass.Add(out, GatedMlp(pass, x, {ModuleKind::kSharedExperts}, facts_.Size("shared_width"),
                           function_));
  }
  return out;
}

}  // namespace modelkin::families
