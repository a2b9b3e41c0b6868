// Llama (Touvron et al., arXiv 2302.13971; "The Llama 3 herd of models", arXiv 2407.21783), and
// families that differ from it by what is in their tables (architecture/families): Mistral (arXiv
// 2310.06825) by a window, Qwen2 (arXiv 2407.10671) by biases of q, k and v, Qwen3 (arXiv
// 2505.09388) by norms of heads of q and k, Seed-OSS by all biases, OLMo 2 (arXiv 2501.00656,
// section 3.1) by norms of all of q and k and by where its norms stand, Arcee's AFM by an MLP
// without a gate, ERNIE-4.5 and GLM-4 by rotating neighbours.
#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

std::unique_ptr<const FamilyModel> MakeDecoder(const ModelFacts& facts,
                                               const DecoderTraits& traits = {}) {
  return std::make_unique<const Decoder>(facts, traits);
}

}  // namespace

std::unique_ptr<const FamilyModel> MakeArcee(const ModelFacts& facts) {
  return MakeDecoder(facts, {.epsilon = 1e-5, .gated = false});
}
std::unique_ptr<const FamilyModel> MakeErnie45(const ModelFacts& facts) {
  return MakeDecoder(facts, {.epsilon = 1e-5, .theta = 500000, .pairs = RotaryPairs::kNeighbours});
}
std::unique_ptr<const FamilyModel> MakeGlm(const ModelFacts& facts) {
  return MakeDecoder(facts, {.epsilon = 1.5625e-7, .pairs = RotaryPairs::kNeighbours});
}
std::unique_ptr<const FamilyModel> MakeGlm4(const ModelFacts& facts) { return MakeGlm(facts); }
std::unique_ptr<const FamilyModel> MakeLlama(const ModelFacts& facts) { return MakeDecoder(facts); }
std::unique_ptr<const FamilyModel> MakeMinistral(const ModelFacts& facts) {
  return MakeDecoder(facts);
}
std::unique_ptr<const FamilyModel> MakeMistral(const ModelFacts& facts) {
  return MakeDecoder(facts);
}
std::unique_ptr<const FamilyModel> MakeOlmo2(const ModelFacts& facts) {
  return MakeDecoder(facts, {.epsilon = 1e-5});
}
std::unique_ptr<const FamilyModel> MakeQwen2(const ModelFacts& facts) { return MakeDecoder(facts); }
std::unique_ptr<const FamilyModel> MakeQwen3(const ModelFacts& facts) { return MakeDecoder(facts); }
std::unique_ptr<const FamilyModel> MakeSeedOss(const ModelFacts& facts) {
  return MakeDecoder(facts);
}

}  // namespace modelkin::families
