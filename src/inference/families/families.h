// The families, each in the file of its name. One that is added is declared here and has a line in
// the list.
#ifndef MODELKIN_INFERENCE_FAMILIES_FAMILIES_H_
#define MODELKIN_INFERENCE_FAMILIES_FAMILIES_H_

#include <array>
#include <memory>
#include <string_view>

#include "inference/family_model.h"

namespace modelkin::families {

std::unique_ptr<const FamilyModel> MakeArcee(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeBert(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeCohere(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeCohere2(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeDeepSeekV3(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeDots1(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeErnie45(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeExaone4(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeExaoneMoe(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGemma(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGemma2(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGemma3(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGlm(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGlm4(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGlm4Moe(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGpt2(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGptOss(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGranite(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeLlama(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeLlama4(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeMiniMaxM2(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeMinistral(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeMinistral3(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeMistral(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeMixtral(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeModernBert(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeNanoGpt(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeNemotron(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeOlmo2(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeOlmo3(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakePhi(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakePhiMoe(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen2(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen25Vision(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen2Vision(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen3(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen3Moe(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen3Next(const ModelFacts& facts);    // and Qwen3.5
std::unique_ptr<const FamilyModel> MakeQwen3Vision(const ModelFacts& facts);  // and Qwen3.5's
std::unique_ptr<const FamilyModel> MakeSeedOss(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeSmolLm3(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeSiglip(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeSolarOpen(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeStableLm(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeStarCoder2(const ModelFacts& facts);

using Maker = std::unique_ptr<const FamilyModel> (*)(const ModelFacts&);

struct Entry {
  std::string_view family;
  Maker make;
};

inline constexpr std::array kRunnable = {
    Entry{"arcee", MakeArcee},
    Entry{"bert", MakeBert},
    Entry{"cohere", MakeCohere},
    Entry{"cohere2", MakeCohere2},
    Entry{"deepseek_v3", MakeDeepSeekV3},
    Entry{"distilbert", MakeBert},
    Entry{"dots1", MakeDots1},
    Entry{"ernie4_5", MakeErnie45},
    Entry{"exaone4", MakeExaone4},
    Entry{"exaone_moe", MakeExaoneMoe},
    Entry{"gemma", MakeGemma},
    Entry{"gemma2", MakeGemma2},
    Entry{"gemma3", MakeGemma3},
    Entry{"glm", MakeGlm},
    Entry{"glm4", MakeGlm4},
    Entry{"glm4_moe", MakeGlm4Moe},
    Entry{"gpt2", MakeGpt2},
    Entry{"gpt_oss", MakeGptOss},
    Entry{"granite", MakeGranite},
    Entry{"llama", MakeLlama},
    Entry{"llama4_text", MakeLlama4},
    Entry{"minimax_m2", MakeMiniMaxM2},
    Entry{"ministral", MakeMinistral},
    Entry{"ministral3", MakeMinistral3},
    Entry{"mistral", MakeMistral},
    Entry{"mixtral", MakeMixtral},
    Entry{"modernbert", MakeModernBert},
    Entry{"nanogpt", MakeNanoGpt},
    Entry{"nemotron", MakeNemotron},
    Entry{"olmo2", MakeOlmo2},
    Entry{"olmo3", MakeOlmo3},
    Entry{"phi", MakePhi},
    Entry{"phimoe", MakePhiMoe},
    Entry{"qwen2", MakeQwen2},
    Entry{"qwen2_5_vl_vision", MakeQwen25Vision},
    Entry{"qwen2_vl_vision", MakeQwen2Vision},
    Entry{"qwen3", MakeQwen3},
    Entry{"qwen3_5", MakeQwen3Next},
    Entry{"qwen3_5_moe", MakeQwen3Next},
    Entry{"qwen3_5_vision", MakeQwen3Vision},
    Entry{"qwen3_moe", MakeQwen3Moe},
    Entry{"qwen3_next", MakeQwen3Next},
    Entry{"qwen3_vl_vision", MakeQwen3Vision},
    Entry{"seed_oss", MakeSeedOss},
    Entry{"smollm3", MakeSmolLm3},
    Entry{"siglip_vision", MakeSiglip},
    Entry{"solar_open", MakeSolarOpen},
    Entry{"stablelm", MakeStableLm},
    Entry{"starcoder2", MakeStarCoder2},
};

}  // namespace modelkin::families

#endif  // MODELKIN_INFERENCE_FAMILIES_FAMILIES_H_
