// Phi-3.5-MoE (arXiv 2404.14219): LayerNorm with bias, biases of all of attention and of the head,
// and SparseMixer, which always picks two experts.
#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class PhiMoe final : public Decoder {
 public:
  explicit PhiMoe(const ModelFacts& facts)
      : Decoder(facts, {.epsilon = 1e-5, .theta = 1e6, .norm = NormKind::kLayerNormWithBias}) {
    if (facts.Size("experts_per_token") != 2 || facts.Size("experts") < 2) {
      facts.Fail("num_experts_per_tok", "is not 2 of 2 or more, which SparseMixer needs");
    }
  }

 private:
  Activations Mixture(const LayerPass& pass, const Activations& x) const override {
    const RouterChoice choice = SparseMixerRouter(
        RouterLogits(pass, x), facts_.Number("router_jitter_noise", 0.01), pass.probe_router());
    return MixExperts(pass, x, choice, GatedExpert(pass, facts_.Size("expert_width"), function_));
  }
};

}  // namespace

std::unique_ptr<const FamilyModel> MakePhiMoe(const ModelFacts& facts) {
  return Make<PhiMoe>(facts);
}

}  // namespace modelkin::families
