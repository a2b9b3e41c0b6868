// Decoders whose layers with a window rotate otherwise than the rest: OLMo 3 does not stretch their
// rotation; EXAONE-4.0 (arXiv 2507.11407) and Command R7B rotate in them alone.
#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class Olmo3 final : public Decoder {
 public:
  explicit Olmo3(const ModelFacts& facts)
      : Decoder(facts, {.epsilon = 1e-5,
                        .theta = 500000,
                        .window_theta_key = "rope_theta",
                        .window_theta = 500000}) {}
};

// Where no layer has a window, all rotate.
class Exaone4 final : public Decoder {
 public:
  explicit Exaone4(const ModelFacts& facts) : Decoder(facts, {.epsilon = 1e-5}) {}

 private:
  bool Rotates(std::size_t layer) const override {
    return !facts_.spec().window || facts_.Window(layer);
  }
};

// The same with experts of DeepSeek-V3's kind.
class ExaoneMoe final : public Decoder {
 public:
  explicit ExaoneMoe(const ModelFacts& facts) : Decoder(facts, {.epsilon = 1e-5}) {}

 private:
  bool Rotates(std::size_t layer) const override {
    return !facts_.spec().window || facts_.Window(layer);
  }

  Activations Mixture(const LayerPass& pass, const Activations& x) const override {
    return SigmoidMixture(pass, x, static_cast<float>(facts_.Number("routed_scaling_factor", 2.5)));
  }
};

// Attention and MLP side by side; neighbours rotate.
class Cohere2 final : public Decoder {
 public:
  explicit Cohere2(const ModelFacts& facts)
      : Decoder(facts, {.epsilon = 1e-5,
                        .epsilon_key = "layer_norm_eps",
                        .norm = NormKind::kLayerNorm,
                        .pairs = RotaryPairs::kNeighbours}) {
    logit_scale_ = facts.Number("logit_scale", 0.0625);
  }

 private:
  bool Rotates(std::size_t layer) const override { return facts_.Window(layer).has_value(); }
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeCohere2(const ModelFacts& facts) {
  return Make<Cohere2>(facts);
}
std::unique_ptr<const FamilyModel> MakeExaone4(const ModelFacts& facts) {
  return Make<Exaone4>(facts);
}
std::unique_ptr<const FamilyModel> MakeExaoneMoe(const ModelFacts& facts) {
  return Make<ExaoneMoe>(facts);
}
std::unique_ptr<const FamilyModel> MakeOlmo3(const ModelFacts& facts) { return Make<Olmo3>(facts); }

}  // namespace modelkin::families
