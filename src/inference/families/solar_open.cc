// Solar Open (arXiv 2601.07022): every layer has experts behind a sigmoid router with a correction
// bias, and an expert for all tokens.
#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class SolarOpen final : public Decoder {
 public:
  explicit SolarOpen(const ModelFacts& facts) : Decoder(facts, {.epsilon = 1e-5, .theta = 1e6}) {}

 private:
  Activations Mixture(const LayerPass& pass, const Activations& x) const override {
    return SigmoidMixture(pass, x, static_cast<float>(facts_.Number("routed_scaling_factor", 1)));
  }
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeSolarOpen(const ModelFacts& facts) {
  return Make<SolarOpen>(facts);
}

}  // namespace modelkin::families
