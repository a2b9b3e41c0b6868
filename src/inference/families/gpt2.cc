// GPT-2 (Radford et al., "Language models are unsupervised multitask learners", 2019) and nanoGPT:
// learned positions, LayerNorm, a plain MLP, biases everywhere (nanoGPT may have none).
#include <algorithm>
#include <cmath>

#include "inference/attention.h"
#include "inference/families/families.h"
#include "inference/mlp.h"

namespace modelkin::families {
namespace {

class Gpt2 final : public FamilyModel {
 public:
  Gpt2(const ModelFacts& facts, bool bias)
      : facts_(facts),
        epsilon_(facts.Number("layer_norm_epsilon", 1e-5)),
        function_(facts.Activation()),
        bias_(bias) {
    tied_ = facts.Has("tied");
  }

  Activations Embed(const Weights& weights, const Batch& batch) const override {
    Activations hidden = FamilyModel::Embed(weights, batch);
    const Tensor& table = weights.Require(TensorOfModel(Role::kPositionEmbedding),
                                          {facts_.Size("positions"), hidden.columns});
    Add(hidden, weights.Rows(table, PositionsOf(batch)), weights.threads());
    return hidden;
  }

  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    pass.Add(hidden, Attend(pass, pass.LayerNorm(hidden, Role::kAttentionNorm, epsilon_, bias_),
                            AttentionOf(pass.layer)));
    pass.Add(hidden, PlainMlp(pass, pass.LayerNorm(hidden, Role::kMlpNorm, epsilon_, bias_),
                              {ModuleKind::kDenseMlp}, facts_.Size("width"), function_, bias_));
  }

  Activations FinalNorm(const Weights& weights, Activations hidden) const override {
    return LayerNorm(weights, std::move(hidden), Role::kFinalNorm, epsilon_, bias_);
  }

 private:
  GroupedAttention AttentionOf(std::size_t layer) const {
    const std::size_t head_dim = facts_.Size("head_dim");
    double scale = facts_.Flag("scale_attn_weights", true)
                       ? 1 / std::sqrt(static_cast<double>(head_dim))
                       : 1.0;
    if (facts_.Flag("scale_attn_by_inverse_layer_idx", false)) {
      scale /= static_cast<double>(layer + 1);
    }
    return {.rules = {.heads = facts_.Size("heads"),
                      .kv_heads = facts_.Size("heads"),
                      .key_dim = head_dim,
                      .value_dim = head_dim,
                      .scale = static_cast<float>(scale),
                      .window = {},
                      .sinks = {}},
            .qkv_bias = bias_,
            .output_bias = bias_,
            .head_norm_epsilon = {}};
  }

  const ModelFacts& facts_;
  double epsilon_;
  ActivationFunction function_;
  bool bias_;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeGpt2(const ModelFacts& facts) {
  return std::make_unique<const Gpt2>(facts, true);
}
std::unique_ptr<const FamilyModel> MakeNanoGpt(const ModelFacts& facts) {
  return std::make_unique<const Gpt2>(facts, facts.Has("bias"));
}

}  // namespace modelkin::families
