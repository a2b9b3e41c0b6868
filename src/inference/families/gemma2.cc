// Gemma 2 (arXiv 2408.00118): norms before and after attention and MLP whose weights are added to
// 1, scores and logits held below a cap, every second layer with a window, embeddings times the
// square root of the width.
#include <cmath>
#include <nlohmann/json.hpp>

#include "inference/families/decoder.h"
#include "inference/families/families.h"
#include "inference/norms.h"

namespace modelkin::families {
namespace {

class Gemma2 final : public Decoder {
 public:
  explicit Gemma2(const ModelFacts& facts) : Decoder(facts, 1e-6, 10000) {
    const Family& family = *facts.spec().family;
    scale_ = static_cast<float>(
        1 / std::sqrt(facts.Positive(family.score_divisor_key, family.default_score_divisor)));
    score_cap_ = Cap("attn_logit_softcapping", 50);
    logit_cap_ = Cap("final_logit_softcapping", 30);
  }

  Activations Embed(const Weights& weights, const Batch& batch) const override {
    Activations hidden = Decoder::Embed(weights, batch);
    const float scale = std::sqrt(static_cast<float>(hidden.columns));
    for (float& value : hidden.values) value *= scale;
    return hidden;
  }

  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    GroupedAttention attention = AttentionOf(pass.layer);
    attention.rules.scale = scale_;
    attention.rules.soft_cap = static_cast<float>(score_cap_);
    const Activations attended = Attend(pass, Norm(pass, hidden, Role::kAttentionNorm), attention);
    pass.Add(hidden, Norm(pass, attended, Role::kAttentionOutputNorm));
    const Activations mlp = DenseMlp(pass, Norm(pass, hidden, Role::kMlpNorm));
    pass.Add(hidden, Norm(pass, mlp, Role::kMlpOutputNorm));
  }

  Activations FinalNorm(const Weights& weights, Activations hidden) const override {
    return Norm(weights, std::move(hidden), TensorOfModel(Role::kFinalNorm));
  }

  double logit_soft_cap() const override { return logit_cap_; }

 private:
  // Null is no cap.
  double Cap(const char* key, double fallback) const {
    const auto* const value = facts_.config().Find(key);
    return value != nullptr && value->is_null() ? 0 : facts_.Positive(key, fallback);
  }

  Activations Norm(const LayerPass& pass, Activations x, Role role) const {
    return Norm(pass.weights, std::move(x), TensorOfLayer(pass.layer, role));
  }

  Activations Norm(const Weights& weights, Activations x, const std::string& name) const {
    std::vector<float> weight = weights.Vector(name, x.columns);
    for (float& value : weight) value += 1;
    RmsNormalise(x, weight, epsilon_, weights.threads());
    return x;
  }

  float scale_ = 1;
  double score_cap_ = 0, logit_cap_ = 0;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeGemma2(const ModelFacts& facts) {
  return Make<Gemma2>(facts);
}

}  // namespace modelkin::families
