// Decoders of Llama's kind that multiply something: Granite what comes out of embeddings, layers,
// scores and logits.
#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class Granite final : public Decoder {
 public:
  explicit Granite(const ModelFacts& facts) : Decoder(facts, {}) {
    embedding_scale_ = static_cast<float>(facts.Number("embedding_multiplier", 1));
    residual_scale_ = static_cast<float>(facts.Number("residual_multiplier", 1));
    score_scale_ = facts.Number("attention_multiplier", 1);
    logit_scale_ = 1 / facts.Positive("logits_scaling", 1);
  }
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeGranite(const ModelFacts& facts) {
  return Make<Granite>(facts);
}

}  // namespace modelkin::families
