// The families, each in the file of its name.
#ifndef MODELKIN_INFERENCE_FAMILIES_FAMILIES_H_
#define MODELKIN_INFERENCE_FAMILIES_FAMILIES_H_

#include <memory>

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
std::unique_ptr<const FamilyModel> MakePhiMoe(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen2(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen3(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeQwen3Moe(const ModelFacts& facts);
std::unique_ptr<const FamilyModel> MakeSolarOpen(const ModelFacts& facts);

}  // namespace modelkin::families

#endif  // MODELKIN_INFERENCE_FAMILIES_FAMILIES_H_
