// GLM-4.5 and later (arXiv 2508.06471): as Solar Open, but that the first layers are dense, part of
// each head alone rotates, and the larger models have norms of heads of q and k.
#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class Glm4Moe final : public Decoder {
 public:
  explicit Glm4Moe(const ModelFacts& facts) : Decoder(facts, {.epsilon = 1e-5}) {}

 private:
  Activations Mixture(const LayerPass& pass, const Activations& x) const override {
    return SigmoidMixture(pass, x, static_cast<float>(facts_.Number("routed_scaling_factor", 1)));
  }
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeGlm4Moe(const ModelFacts& facts) {
  return Make<Glm4Moe>(facts);
}

}  // namespace modelkin::families
