// SigLIP's encoder of images (Zhai et al., arXiv 2303.15343): a vision transformer (Dosovitskiy et
// al., arXiv 2010.11929) without a token for the class. What pools its rows is not run.
#include "inference/families/encoder.h"
#include "inference/families/families.h"
#include "inference/mlp.h"

namespace modelkin::families {
namespace {

class Siglip final : public FamilyModel {
 public:
  explicit Siglip(const ModelFacts& facts)
      : facts_(facts),
        epsilon_(facts.Number("layer_norm_eps", 1e-6)),
        function_(facts.Activation()),
        attention_(BothWays(facts, true)) {}

  // Rows of pixels, each a patch's, and the places of these in the image.
  Activations Embed(const Weights& weights, const Batch& batch) const override {
    const std::size_t width = facts_.Size("residual");
    Activations hidden =
        LinearWithBias(weights, batch.patches, ModuleOfModel(Role::kPatchEmbedding), width);
    const Tensor& table =
        weights.Require(TensorOfModel(Role::kPositionEmbedding), {facts_.Size("positions"), width});
    Add(hidden, weights.Rows(table, PositionsOf(batch)), weights.threads());
    return hidden;
  }

  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    pass.Add(hidden,
             Attend(pass, pass.LayerNorm(hidden, Role::kAttentionNorm, epsilon_), attention_));
    pass.Add(hidden, PlainMlp(pass, pass.LayerNorm(hidden, Role::kMlpNorm, epsilon_),
                              {ModuleKind::kDenseMlp}, facts_.Size("width"), function_, true));
  }

  Activations FinalNorm(const Weights& weights, Activations hidden) const override {
    return LayerNorm(weights, std::move(hidden), Role::kFinalNorm, epsilon_);
  }

  bool has_head() const override { return false; }
  bool takes_images() const override { return true; }

 private:
  const ModelFacts& facts_;
  double epsilon_;
  ActivationFunction function_;
  GroupedAttention attention_;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeSiglip(const ModelFacts& facts) {
  return std::make_unique<const Siglip>(facts);
}

}  // namespace modelkin::families
