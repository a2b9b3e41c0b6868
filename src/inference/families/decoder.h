// What the families of Llama's kind have in common: one embedding, a stack of layers over a
// residual stream, a last norm, a head, rotary positions. What differs is in their tables
// (architecture/families), in their traits, and in what they override.
#ifndef MODELKIN_INFERENCE_FAMILIES_DECODER_H_
#define MODELKIN_INFERENCE_FAMILIES_DECODER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "inference/attention.h"
#include "inference/family_model.h"
#include "inference/mlp.h"

namespace modelkin::families {

enum class NormKind : std::uint8_t {
  kRms,
  kRmsOfOnePlus,
  kLayerNorm,
  kLayerNormWithBias,
  kLayerNormOfOnePlus,  // with bias
};

struct DecoderTraits {
  // Where config.json has no `epsilon_key` and no "rope_theta".
  double epsilon = 1e-6, theta = 10000;
  std::string_view epsilon_key = "rms_norm_eps";
  NormKind norm = NormKind::kRms;
  RotaryPairs pairs = RotaryPairs::kHalves;
  // For families whose layers with a window rotate in their own way; "" for others.
  std::string_view window_theta_key = {};
  double window_theta = 0;  // where config.json does not say
  bool gated = true;        // the MLP
};

class Decoder : public FamilyModel {
 public:
  Decoder(const ModelFacts& facts, const DecoderTraits& traits);

  Activations Embed(const Weights& weights, const Batch& batch) const override;
  // Attention and MLP, each with the norms that the family's table says, one after the other or,
  // by its flag "parallel", side by side on one norm.
  void RunLayer(const LayerPass& pass, Activations& hidden) const override;
  Activations FinalNorm(const Weights& weights, Activations hidden) const override;
  std::optional<RotaryParameters> rotary() const override { return rotary_; }
  std::optional<RotaryParameters> rotary_of(std::size_t layer) const override;
  bool has_head_bias() const override { return facts_.Has("head_bias"); }
  double logit_scale() const override { return logit_scale_; }
  double logit_soft_cap() const override { return logit_cap_; }

 protected:
  // Grouped-query attention with the family's biases and norms of heads, and the layer's window.
  virtual GroupedAttention AttentionOf(std::size_t layer) const;

  virtual Activations Attention(const LayerPass& pass, const Activations& x) const {
    return Attend(pass, x, AttentionOf(pass.layer));
  }

  // Of a layer with experts: what all of them give.
  virtual Activations Mixture(const LayerPass& pass, const Activations& x) const;

  // Whether a layer has rotary positions.
  virtual bool Rotates(std::size_t /*layer*/) const { return true; }

  // Of a layer without experts.
  Activations DenseMlp(const LayerPass& pass, const Activations& x) const;

  // Scores of experts.
  Activations RouterLogits(const LayerPass& pass, const Activations& x) const {
    return pass.Linear(x, Role::kRouter, facts_.Size("experts"), false);
  }

  // Experts of DeepSeek-V3's kind: a sigmoid router, and experts that all tokens pass, whose
  // output is added as it is.
  // `normalise`: where config.json has no "norm_topk_prob".
  Activations SigmoidMixture(const LayerPass& pass, const Activations& x, float scale,
                             bool normalise = true) const;

  // A cap of scores or logits, 0 for none; null is none.
  double Cap(const char* key, double fallback) const;

  const ModelFacts& facts_;
  DecoderTraits traits_;
  double epsilon_;
  RotaryParameters rotary_;
  std::optional<RotaryParameters> window_rotary_;
  ActivationFunction function_;
  // What multiplies embeddings, what a layer adds, and logits.
  float embedding_scale_ = 1, residual_scale_ = 1;
  double logit_scale_ = 1;
  double score_cap_ = 0, logit_cap_ = 0;
  std::optional<double> score_scale_;  // 1 / sqrt(size of a head) where there is none

 private:
  Activations Norm(const LayerPass& pass, Activations x, Role role) const;
  Activations NormOf(const Weights& weights, Activations x, const std::string& module) const;
  void AddBranch(const LayerPass& pass, Activations& hidden, Activations branch, Role norm) const;
};

template <class Model>
std::unique_ptr<const FamilyModel> Make(const ModelFacts& facts) {
  return std::make_unique<const Model>(facts);
}

}  // namespace modelkin::families

#endif  // MODELKIN_INFERENCE_FAMILIES_DECODER_H_
