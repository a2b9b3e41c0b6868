// The families, each in the file of its name. One that is added is declared here and has a line in
// the list.
#ifndef MODELKIN_INFERENCE_FAMILIES_FAMILIES_H_
#define MODELKIN_INFERENCE_FAMILIES_FAMILIES_H_

#include <array>
#include <memory>
#include <string_view>

#include "inference/family_model.h"

namespace modelkin::families {

std::unique_ptr<const FamilyModel> MakeBert(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeDeepSeekV3(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGemma2(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGlm4Moe(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGpt2(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeGptOss(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeLlama(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeMistral(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeMixtral(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeModernBert(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeNanoGpt(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakePhiMoe(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen2(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen3(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen3Moe(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen3Next(const ModelFacts& facts);  // and Qwen3.5
std::unique_ptr<const FamilyModel> MakeSiglip(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeSolarOpen(const ModelFacts& facts);

using Maker = std::unique_ptr<const FamilyModel> (*)(const ModelFacts&);

struct Entry {
  std::string_view family;
  Maker make;
};

inline constexpr std::array kRunnable = {
    Entry{"bert", MakeBert},
    Entry{"deepseek_v3", MakeDeepSeekV3},
    Entry{"distilbert", MakeBert},
    Entry{"gemma2", MakeGemma2},
    Entry{"glm4_moe", MakeGlm4Moe},
    Entry{"gpt2", MakeGpt2},
    Entry{"gpt_oss", MakeGptOss},
    Entry{"llama", MakeLlama},
    Entry{"mistral", MakeMistral},
    Entry{"mixtral", MakeMixtral},
    Entry{"modernbert", MakeModernBert},
    Entry{"nanogpt", MakeNanoGpt},
    Entry{"phimoe", MakePhiMoe},
    Entry{"qwen2", MakeQwen2},
    Entry{"qwen3", MakeQwen3},
    Entry{"qwen3_5", MakeQwen3Next},
    Entry{"qwen3_5_moe", MakeQwen3Next},
    Entry{"qwen3_moe", MakeQwen3Moe},
    Entry{"qwen3_next", MakeQwen3Next},
    Entry{"siglip_vision", MakeSiglip},
    Entry{"solar_open", MakeSolarOpen},
};

}  // namespace modelkin::families

#endif  // MODELKIN_INFERENCE_FAMILIES_FAMILIES_H_
