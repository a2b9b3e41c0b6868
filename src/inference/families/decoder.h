// What the families of Llama's kind have in common: one embedding, a stack of layers over a
// residual stream, a last RMSNorm, a head, rotary positions.
#ifndef MODELKIN_INFERENCE_FAMILIES_DECODER_H_
#define MODELKIN_INFERENCE_FAMILIES_DECODER_H_

#include <memory>

#include "inference/attention.h"
#include "inference/family_model.h"
#include "inference/mlp.h"

namespace modelkin::families {

class Decoder : public FamilyModel {
 public:
  // `epsilon` and `theta`: where config.json has no "rms_norm_eps" and "rope_theta".
  Decoder(const ModelFacts& facts, double epsilon, double theta)
      : facts_(facts),
        epsilon_(facts.Number("rms_norm_eps", epsilon)),
        rotary_(facts.Rotary(theta)),
        function_(facts.Activation()) {
    tied_ = facts.Has("tied");
    const std::size_t rotating = (rotary_.dims + 1) / 2 * 2;
    const auto of_latent = facts.spec().Size("rotary_dim");
    if (rotating > (of_latent ? *of_latent : facts.Size("head_dim"))) {
      facts.Fail("head_dim", "is odd, and a pair of dimensions would rotate beyond its end");
    }
  }

  Activations FinalNorm(const Weights& weights, Activations hidden) const override;
  std::optional<RotaryParameters> rotary() const override { return rotary_; }

 protected:
  // Grouped-query attention with the family's biases and norms of heads, and the layer's window.
  GroupedAttention AttentionOf(std::size_t layer) const;

  // Of a layer without experts.
  Activations DenseMlp(const LayerPass& pass, const Activations& x) const {
    return GatedMlp(pass, x, {ModuleKind::kDenseMlp}, facts_.Size("width"), function_,
                    facts_.Has("mlp_bias"));
  }

  // Scores of experts.
  Activations RouterLogits(const LayerPass& pass, const Activations& x) const {
    return pass.Linear(x, Role::kRouter, facts_.Size("experts"), false);
  }

  // Experts of DeepSeek-V3's kind: a sigmoid router, and experts that all tokens pass, whose
  // output is added as it is.
  Activations SigmoidMixture(const LayerPass& pass, const Activations& x, float scale) const;

  const ModelFacts& facts_;
  double epsilon_;
  RotaryParameters rotary_;
  ActivationFunction function_;
};

template <class Model>
std::unique_ptr<const FamilyModel> Make(const ModelFacts& facts) {
  return std::make_unique<const Model>(facts);
}

}  // namespace modelkin::families

#endif  // MODELKIN_INFERENCE_FAMILIES_DECODER_H_
