// MiniMax-M2: norms of all of q and of k, part of each head rotates, and experts of DeepSeek-V3's
// kind without groups.
#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class MiniMaxM2 final : public Decoder {
 public:
  explicit MiniMaxM2(const ModelFacts& facts) : Decoder(facts, {.theta = 5e6}) {}

 private:
  Activations Mixture(const LayerPass& pass, const Activations& x) const override {
    return SigmoidMixture(pass, x, 1);
  }
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeMiniMaxM2(const ModelFacts& facts) {
  return Make<MiniMaxM2>(facts);
}

}  // namespace modelkin::families
