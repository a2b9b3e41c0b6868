// Llama (Touvron et al., arXiv 2302.13971; "The Llama 3 herd of models", arXiv 2407.21783), and
// families that differ from it by attention alone: Mistral (arXiv 2310.06825) by a window, Qwen2
// (arXiv 2407.10671) by biases of q, k and v, Qwen3 (arXiv 2505.09388) by norms of heads of q and
// k. What a family has of these is in its table (architecture/families).
#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class Llama final : public Decoder {
 public:
  explicit Llama(const ModelFacts& facts) : Decoder(facts, 1e-6, 10000) {}

  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    pass.Add(hidden, Attend(pass, pass.RmsNorm(hidden, Role::kAttentionNorm, epsilon_),
                            AttentionOf(pass.layer)));
    pass.Add(hidden, DenseMlp(pass, pass.RmsNorm(hidden, Role::kMlpNorm, epsilon_)));
  }
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeLlama(const ModelFacts& facts) { return Make<Llama>(facts); }
std::unique_ptr<const FamilyModel> MakeMistral(const ModelFacts& facts) {
  return Make<Llama>(facts);
}
std::unique_ptr<const FamilyModel> MakeQwen2(const ModelFacts& facts) { return Make<Llama>(facts); }
std::unique_ptr<const FamilyModel> MakeQwen3(const ModelFacts& facts) { return Make<Llama>(facts); }

}  // namespace modelkin::families
