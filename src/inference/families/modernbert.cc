// ModernBERT (Warner et al., arXiv 2412.13663): an encoder with gated MLPs and rotary positions.
// Layers see all of a text, or a window on both sides; these have an angle of their own.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "inference/families/encoder.h"
#include "inference/families/families.h"
#include "inference/mlp.h"

namespace modelkin::families {
namespace {

constexpr double kGlobalTheta = 160'000, kLocalTheta = 10'000;
constexpr double kMostTokens = 1e15;

// Of one type of layer: in an object of its own, or in older files beside all else.
double ThetaOf(const ModelFacts& facts, const char* layer_type, const char* old_key,
               double fallback) {
  const auto* const all = facts.config().Find("rope_parameters");
  const auto* const scaling = facts.config().Find("rope_scaling");
  if (scaling != nullptr && !scaling->is_null()) facts.Fail("rope_scaling", "is not run");
  if (all == nullptr || all->is_null()) return facts.Positive(old_key, fallback);
  if (!all->is_object()) facts.Fail("rope_parameters", "is no object");
  const auto one = all->find(layer_type);
  if (one == all->end() || one->is_null()) return facts.Positive(old_key, fallback);
  if (!one->is_object()) facts.Fail(layer_type, "of \"rope_parameters\" is no object");
  const auto type = one->find("rope_type");
  if (type != one->end() && *type != "default") {
    facts.Fail("rope_type", "is not \"default\", and others are not run");
  }
  const auto theta = one->find("rope_theta");
  if (theta == one->end() || theta->is_null()) return facts.Positive(old_key, fallback);
  if (!theta->is_number() || !(theta->get<double>() > 0)) {
    facts.Fail("rope_theta", "is not a number above 0");
  }
  return theta->get<double>();
}

class ModernBert final : public FamilyModel {
 public:
  explicit ModernBert(const ModelFacts& facts)
      : facts_(facts),
        epsilon_(facts.Number("norm_eps", 1e-5)),
        function_(facts.Activation()),
        global_(RotaryOf("full_attention", "global_rope_theta", kGlobalTheta)),
        local_(RotaryOf("sliding_attention", "local_rope_theta", kLocalTheta)),
        seen_(static_cast<std::size_t>(
                  std::min(facts.Positive("local_attention", 128), kMostTokens)) /
                  2 +
              1) {
    if (facts.Size("head_dim") % 2 != 0) {
      facts.Fail("num_attention_heads", "makes heads of an odd width, which cannot rotate");
    }
    ReadLayerTypes();
  }

  Activations Embed(const Weights& weights, const Batch& batch) const override {
    return LayerNorm(weights, FamilyModel::Embed(weights, batch), Role::kEmbeddingNorm, epsilon_,
                     NormBias());
  }

  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    // The first layer's input is normed already.
    const Activations x = pass.layer == 0 ? hidden : Normed(pass, hidden, Role::kAttentionNorm);
    pass.Add(hidden, Attention(pass, x));
    pass.Add(hidden, GatedMlp(pass, Normed(pass, hidden, Role::kMlpNorm), {ModuleKind::kDenseMlp},
                              facts_.Size("width"), function_, facts_.Has("mlp_bias")));
  }

  Activations FinalNorm(const Weights& weights, Activations hidden) const override {
    return LayerNorm(weights, std::move(hidden), Role::kFinalNorm, epsilon_, NormBias());
  }

  std::optional<RotaryParameters> rotary() const override { return global_; }
  bool has_head() const override { return false; }

 private:
  RotaryParameters RotaryOf(const char* layer_type, const char* old_key, double theta) const {
    return {.dims = facts_.Size("head_dim"), .theta = ThetaOf(facts_, layer_type, old_key, theta)};
  }

  // As listed, or every so many see all.
  void ReadLayerTypes() {
    const std::size_t layers = facts_.Size("layers");
    const auto* const types = facts_.config().Find("layer_types");
    if (types == nullptr || types->is_null()) {
      const double step = facts_.Positive("global_attn_every_n_layers", 3);
      for (std::size_t i = 0; i < layers; ++i) {
        is_local_.push_back(std::fmod(static_cast<double>(i), step) != 0);
      }
      return;
    }
    for (std::size_t i = 0; i < layers; ++i) {
      const bool listed = types->is_array() && i < types->size();
      const bool local = listed && (*types)[i] == "sliding_attention";
      if (!local && !(listed && (*types)[i] == "full_attention")) {
        facts_.Fail("layer_types", fmt::format("has no attention that is known for layer {}", i));
      }
      is_local_.push_back(local);
    }
  }

  Activations Attention(const LayerPass& pass, const Activations& x) const {
    const bool bias = facts_.Has("attention_bias");
    if (!is_local_[pass.layer]) return Attend(pass, x, BothWays(facts_, bias));
    const RotaryTable table = MakeRotaryTable(local_, pass.batch);
    const LayerPass local{.weights = pass.weights,
                          .layer = pass.layer,
                          .batch = pass.batch,
                          .rotary = table,
                          .cache = pass.cache,
                          .observer = pass.observer};
    return Attend(local, x, BothWays(facts_, bias, seen_));
  }

  Activations Normed(const LayerPass& pass, const Activations& x, Role role) const {
    return pass.LayerNorm(x, role, epsilon_, NormBias());
  }

  bool NormBias() const { return facts_.Has("norm_bias"); }

  const ModelFacts& facts_;
  double epsilon_;
  ActivationFunction function_;
  RotaryParameters global_, local_;
  std::size_t seen_;  // on either side, a token itself among them
  std::vector<bool> is_local_;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeModernBert(const ModelFacts& facts) {
  return std::make_unique<const ModernBert>(facts);
}

}  // namespace modelkin::families
