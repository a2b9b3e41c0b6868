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
  explicit Gpt2(const ModelFacts& facts)
      : facts_(facts),
        epsilon_(facts.Number("layer_norm_epsilon", 1e-5)),
        function_(facts.Function("activation_function", "gelu_new")) {
    tied_ = facts.Has("tied");
    if (facts.spec().family->name == "nanogpt") {
      bias_ = facts.Has("bias");
      function_ = facts.Function("activation_function", "gelu");
    }
  }

  Activations Embed(const Weights& weights, const Batch& batch) const override {
    Activations hidden = FamilyModel::Embed(weights, batch);
    const Tensor& table =
        weights.Require("model.embed_positions.weight", {facts_.Size("positions"), hidden.columns});
    Add(hidden, weights.Rows(table, PositionsOf(batch)), weights.threads());
    return hidden;
  }

  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    pass.Add(hidden, Attend(pass, Norm(pass.weights, hidden, pass.Name("input_layernorm")),
                            AttentionOf(pass.layer)));
    pass.Add(hidden,
             PlainMlp(pass, Norm(pass.weights, hidden, pass.Name("post_attention_layernorm")),
                      "mlp", facts_.Size("width"), function_, bias_));
  }

  Activations FinalNorm(const Weights& weights, Activations hidden) const override {
    return Norm(weights, std::move(hidden), "model.norm");
  }

 private:
  Activations Norm(const Weights& weights, Activations x, const std::string& name) const {
    return LayerNorm(weights, std::move(x), name, epsilon_, bias_);
  }

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
  bool bias_ = true;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeGpt2(const ModelFacts& facts) {
  return std::make_unique<const Gpt2>(facts);
}

}  // namespace modelkin::families
