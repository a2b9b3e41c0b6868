// Decoders of Llama's kind with LayerNorm: StarCoder2 (arXiv 2402.19173), StableLM (arXiv
// 2402.17834), Phi-1.5 and Phi-2 (arXiv 2309.05463), Nemotron-4 (arXiv 2402.16819), Command R.
#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class LayerNormDecoder : public Decoder {
 public:
  // `head_norms_key`: for norms of heads of q and k, which are not run.
  LayerNormDecoder(const ModelFacts& facts, const DecoderTraits& traits,
                   std::string_view head_norms_key = {})
      : Decoder(facts, traits) {
    if (!head_norms_key.empty() && facts.Flag(head_norms_key, false)) {
      facts.Fail(head_norms_key, "is true, and a model with such norms is not run");
    }
  }
};

class Cohere final : public LayerNormDecoder {
 public:
  explicit Cohere(const ModelFacts& facts)
      : LayerNormDecoder(facts,
                         {.epsilon = 1e-5,
                          .theta = 500000,
                          .epsilon_key = "layer_norm_eps",
                          .norm = NormKind::kLayerNorm,
                          .pairs = RotaryPairs::kNeighbours},
                         "use_qk_norm") {
    logit_scale_ = facts.Number("logit_scale", 0.0625);
  }
};

std::unique_ptr<const FamilyModel> MakeLayerNormDecoder(const ModelFacts& facts,
                                                        const DecoderTraits& traits,
                                                        std::string_view head_norms_key = {}) {
  return std::make_unique<const LayerNormDecoder>(facts, traits, head_norms_key);
}

}  // namespace

std::unique_ptr<const FamilyModel> MakeCohere(const ModelFacts& facts) {
  return Make<Cohere>(facts);
}
std::unique_ptr<const FamilyModel> MakeNemotron(const ModelFacts& facts) {
  return MakeLayerNormDecoder(facts, {.epsilon = 1e-5,
                                      .epsilon_key = "norm_eps",
                                      .norm = NormKind::kLayerNormOfOnePlus,
                                      .gated = false});
}
std::unique_ptr<const FamilyModel> MakePhi(const ModelFacts& facts) {
  return MakeLayerNormDecoder(facts,
                              {.epsilon = 1e-5,
                               .epsilon_key = "layer_norm_eps",
                               .norm = NormKind::kLayerNormWithBias,
                               .gated = false},
                              "qk_layernorm");
}
std::unique_ptr<const FamilyModel> MakeStableLm(const ModelFacts& facts) {
  return MakeLayerNormDecoder(
      facts,
      {.epsilon = 1e-5, .epsilon_key = "layer_norm_eps", .norm = NormKind::kLayerNormWithBias},
      "qk_layernorm");
}
std::unique_ptr<const FamilyModel> MakeStarCoder2(const ModelFacts& facts) {
  return MakeLayerNormDecoder(facts, {.epsilon = 1e-5,
                                      .epsilon_key = "norm_epsilon",
                                      .norm = NormKind::kLayerNormWithBias,
                                      .gated = false});
}

}  // namespace modelkin::families
