#include "inference/families/decoder.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "inference/norms.h"

namespace modelkin::families {
namespace {

void Scale(Activations& x, float scale) {
  if (scale == 1) return;
  for (float& value : x.values) value *= scale;
}

}  // namespace

Decoder::Decoder(const ModelFacts& facts, const DecoderTraits& traits)
    : facts_(facts),
      traits_(traits),
      epsilon_(facts.Number(traits.epsilon_key, traits.epsilon)),
      rotary_(facts.Rotary(traits.theta, traits.window_theta_key.empty() ? "" : "full_attention")),
      function_(facts.Activation()) {
  tied_ = facts.Has("tied");
  if (!traits.window_theta_key.empty()) {
    window_rotary_ = facts.WindowRotary(traits.window_theta_key, traits.window_theta);
  }
  const std::size_t rotating = (rotary_.dims + 1) / 2 * 2;
  const auto of_latent = facts.spec().Size("rotary_dim");
  if (rotating > (of_latent ? *of_latent : facts.Size("head_dim"))) {
    facts.Fail("head_dim", "is odd, and a pair of dimensions would rotate beyond its end");
  }
}

std::optional<RotaryParameters> Decoder::rotary_of(std::size_t layer) const {
  if (!Rotates(layer)) return std::nullopt;
  return window_rotary_ && facts_.Window(layer) ? *window_rotary_ : rotary_;
}

Activations Decoder::Embed(const Weights& weights, const Batch& batch) const {
  Activations hidden = FamilyModel::Embed(weights, batch);
  Scale(hidden, embedding_scale_);
  return hidden;
}

Activations Decoder::NormOf(const Weights& weights, Activations x,
                            const std::string& module) const {
  std::vector<float> weight = weights.Vector(module + ".weight", x.columns);
  const unsigned threads = weights.threads();
  switch (traits_.norm) {
    case NormKind::kRmsOfOnePlus: AddOne(weight); [[fallthrough]];
    case NormKind::kRms: RmsNormalise(x, weight, epsilon_, threads); return x;
    case NormKind::kLayerNorm: LayerNormalise(x, weight, {}, epsilon_, threads); return x;
    case NormKind::kLayerNormOfOnePlus: AddOne(weight); [[fallthrough]];
    case NormKind::kLayerNormWithBias:
      LayerNormalise(x, weight, weights.Vector(module + ".bias", x.columns), epsilon_, threads);
      return x;
  }
  return x;
}

Activations Decoder::Norm(const LayerPass& pass, Activations x, Role role) const {
  return NormOf(pass.weights, std::move(x), ModuleOfLayer(pass.layer, role));
}

Activations Decoder::FinalNorm(const Weights& weights, Activations hidden) const {
  return NormOf(weights, std::move(hidden), ModuleOfModel(Role::kFinalNorm));
}

// Adds what attention or the MLP gives, normed on the way out where the family does so.
void Decoder::AddBranch(const LayerPass& pass, Activations& hidden, Activations branch,
                        Role norm) const {
  const NormPlace place = facts_.spec().family->norm_place;
  if (place == NormPlace::kAround || place == NormPlace::kOutputs) {
    branch = Norm(pass, std::move(branch), norm);
  }
  Scale(branch, residual_scale_);
  pass.Add(hidden, branch);
}

void Decoder::RunLayer(const LayerPass& pass, Activations& hidden) const {
  const bool normed = facts_.spec().family->norm_place != NormPlace::kOutputs;
  const Activations x = normed ? Norm(pass, hidden, Role::kAttentionNorm) : hidden;
  const auto mlp = [&](const Activations& in) {
    return facts_.HasExperts(pass.layer) ? Mixture(pass, in) : DenseMlp(pass, in);
  };
  AddBranch(pass, hidden, Attention(pass, x), Role::kAttentionOutputNorm);
  if (facts_.Has("parallel")) return AddBranch(pass, hidden, mlp(x), Role::kMlpOutputNorm);
  AddBranch(pass, hidden, mlp(normed ? Norm(pass, hidden, Role::kMlpNorm) : hidden),
            Role::kMlpOutputNorm);
}

GroupedAttention Decoder::AttentionOf(std::size_t layer) const {
  const std::size_t head_dim = facts_.Size("head_dim");
  GroupedAttention attention{.rules = {.heads = facts_.Size("heads"),
                                       .kv_heads = facts_.Size("kv_heads"),
                                       .key_dim = head_dim,
                                       .value_dim = head_dim,
                                       .scale = static_cast<float>(score_scale_.value_or(
                                           1 / std::sqrt(static_cast<double>(head_dim)))),
                                       .window = facts_.Window(layer),
                                       .chunk = {},
                                       .soft_cap = static_cast<float>(score_cap_),
                                       .sinks = {}},
                             .qkv_bias = facts_.Has("qkv_bias"),
                             .output_bias = facts_.Has("o_bias"),
                             .head_norm_epsilon = {},
                             .head_norm_adds_one = traits_.norm == NormKind::kRmsOfOnePlus,
                             .projection_norm_epsilon = {},
                             .rotated_norm_epsilon = {},
                             .pairs = traits_.pairs,
                             .growth = {}};
  if (facts_.Has("qk_norm")) attention.head_norm_epsilon = epsilon_;
  if (facts_.Has("projection_norm")) attention.projection_norm_epsilon = epsilon_;
  return attention;
}

Activations Decoder::DenseMlp(const LayerPass& pass, const Activations& x) const {
  const auto run = traits_.gated ? GatedMlp : PlainMlp;
  return run(pass, x, {ModuleKind::kDenseMlp}, facts_.Size("width"), function_,
             facts_.Has("mlp_bias"));
}

Activations Decoder::Mixture(const LayerPass& /*pass*/, const Activations& /*x*/) const {
  facts_.Fail("model_type", "is of a family whose experts are not run");
}

double Decoder::Cap(const char* key, double fallback) const {
  const auto* const value = facts_.config().Find(key);
  const bool given = value != nullptr && !value->is_null();
  if (!given) return value == nullptr ? fallback : 0;
  return facts_.Positive(key, fallback);
}

Activations Decoder::SigmoidMixture(const LayerPass& pass, const Activations& x, float scale,
                                    bool normalise) const {
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
                     .normalise = facts_.Flag("norm_topk_prob", normalise),
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
