// Solar Open (arXiv 2601.07022): every layer has experts behind a sigmoid router with a correction
// bias, and an expert for all tokens.
#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class SolarOpen final : public Decoder {
 public:
  explicit SolarOpen(const ModelFacts& facts) : Decoder(facts, 1e-5, 1e6) {}

  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    pass.Add(hidden, Attend(pass, pass.RmsNorm(hidden, Role::kAttentionNorm, epsilon_),
                            AttentionOf(pass.layer)));
    pass.Add(hidden, SigmoidMixture(pass, pass.RmsNorm(hidden, Role::kMlpNorm, epsilon_),
                                    static_cast<float>(facts_.Number("routed_scaling_factor", 1))));
  }
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeSolarOpen(const ModelFacts& facts) {
  return Make<SolarOpen>(facts);
}

}  // namespace modelkin::families
