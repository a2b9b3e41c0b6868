// dots.llm1 (arXiv 2506.05767): norms of heads of q and k, and experts of DeepSeek-V3's kind, whose
// weights are not made to sum to 1 unless config.json says so.
#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class Dots1 final : public Decoder {
 public:
  explicit Dots1(const ModelFacts& facts) : Decoder(facts, {}) {}

 private:
  Activations Mixture(const LayerPass& pass, const Activations& x) const override {
    return SigmoidMixture(pass, x, static_cast<float>(facts_.Number("routed_scaling_factor", 1)),
                          false);
  }
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeDots1(const ModelFacts& facts) { return Make<Dots1>(facts); }

}  // namespace modelkin::families
