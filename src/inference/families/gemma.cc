// Gemma (arXiv 2403.08295): embeddings times the square root of the width, norms whose weights are
// added to 1. Gemma 2 (arXiv 2408.00118): norms before and after attention and MLP, scores and
// logits held below a cap, every second layer with a window. Gemma 3 (arXiv 2503.19786): norms of
// heads of q and k in place of caps, and five of six layers have a window and a theta of their own.
#include <cmath>

#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class GemmaDecoder : public Decoder {
 public:
  // `score_cap` and `logit_cap`: where config.json does not say.
  GemmaDecoder(const ModelFacts& facts, const DecoderTraits& traits, double score_cap,
               double logit_cap)
      : Decoder(facts, traits) {
    const Family& family = *facts.spec().family;
    embedding_scale_ = std::sqrt(static_cast<float>(facts.Size("residual")));
    if (!family.score_divisor_key.empty()) {
      score_scale_ =
          1 / std::sqrt(facts.Positive(family.score_divisor_key, family.default_score_divisor));
    }
    score_cap_ = Cap("attn_logit_softcapping", score_cap);
    logit_cap_ = Cap("final_logit_softcapping", logit_cap);
  }
};

class Gemma final : public GemmaDecoder {
 public:
  explicit Gemma(const ModelFacts& facts)
      : GemmaDecoder(facts, {.norm = NormKind::kRmsOfOnePlus}, 0, 0) {
    // Early files say "gelu", and mean its approximation.
    if (function_ == ActivationFunction::kGelu) function_ = ActivationFunction::kGeluTanh;
  }
};

class Gemma2 final : public GemmaDecoder {
 public:
  explicit Gemma2(const ModelFacts& facts)
      : GemmaDecoder(facts, {.norm = NormKind::kRmsOfOnePlus}, 50, 30) {}
};

class Gemma3 final : public GemmaDecoder {
 public:
  explicit Gemma3(const ModelFacts& facts)
      : GemmaDecoder(facts,
                     {.theta = 1e6,
                      .norm = NormKind::kRmsOfOnePlus,
                      .window_theta_key = "rope_local_base_freq",
                      .window_theta = 10000},
                     0, 0) {
    score_cap_ = 0;  // transformers reads "attn_logit_softcapping", and does not use it
    if (facts.Flag("use_bidirectional_attention", false)) {
      facts.Fail("use_bidirectional_attention", "is true, and such a model is not run");
    }
  }
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeGemma(const ModelFacts& facts) { return Make<Gemma>(facts); }
std::unique_ptr<const FamilyModel> MakeGemma2(const ModelFacts& facts) {
  return Make<Gemma2>(facts);
}
std::unique_ptr<const FamilyModel> MakeGemma3(const ModelFacts& facts) {
  return Make<Gemma3>(facts);
}

}  // namespace modelkin::families
