#include "inference/family_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/error.h"
#include "inference/families/families.h"

namespace modelkin {
namespace {

using Maker = std::unique_ptr<const FamilyModel> (*)(const ModelFacts&);

struct Entry {
  std::string_view family;
  Maker make;
};

constexpr std::array kFamilies = {
    Entry{"bert", families::MakeBert},
    Entry{"deepseek_v3", families::MakeDeepSeekV3},
    Entry{"gemma2", families::MakeGemma2},
    Entry{"glm4_moe", families::MakeGlm4Moe},
    Entry{"gpt2", families::MakeGpt2},
    Entry{"gpt_oss", families::MakeGptOss},
    Entry{"llama", families::MakeLlama},
    Entry{"mistral", families::MakeMistral},
    Entry{"mixtral", families::MakeMixtral},
    Entry{"nanogpt", families::MakeGpt2},
    Entry{"phimoe", families::MakePhiMoe},
    Entry{"qwen2", families::MakeQwen2},
    Entry{"qwen3", families::MakeQwen3},
    Entry{"qwen3_moe", families::MakeQwen3Moe},
    Entry{"solar_open", families::MakeSolarOpen},
};

}  // namespace

Activations FamilyModel::Embed(const Weights& weights, const Batch& batch) const {
  const std::string name(EmbeddingName(weights));
  const Tensor* const stored = weights.checkpoint().Find(name);
  const std::uint64_t columns =
      stored != nullptr && stored->shape.size() == 2 ? stored->shape[1] : 0;
  return weights.Rows(weights.RequireColumns(name, columns), batch.ids);
}

std::string FamilyModel::LayerPrefix(std::size_t layer) const {
  return fmt::format("model.layers.{}.", layer);
}

std::string_view FamilyModel::EmbeddingName(const Weights& weights) const {
  constexpr std::string_view kEmbedding = "model.embed_tokens.weight";
  // Where both are one matrix, either name may be the stored one.
  const bool under_head = tied_ && !weights.Has(std::string(kEmbedding));
  return under_head ? "lm_head.weight" : kEmbedding;
}

std::string_view FamilyModel::HeadName(const Weights& weights) const {
  // A head of its own counts, even where config.json says that there is none.
  return tied_ && !weights.Has("lm_head.weight") ? EmbeddingName(weights) : "lm_head.weight";
}

std::unique_ptr<const FamilyModel> MakeFamilyModel(const ModelFacts& facts) {
  const std::string_view name = facts.spec().family->name;
  const auto* const found = std::ranges::find(kFamilies, name, &Entry::family);
  if (found == kFamilies.end()) {
    facts.Fail("model_type", fmt::format("is of the family {}, which cannot be run; those that "
                                         "can: {}",
                                         name, fmt::join(RunnableFamilies(), ", ")));
  }
  return found->make(facts);
}

std::vector<std::string_view> RunnableFamilies() {
  std::vector<std::string_view> names;
  names.reserve(kFamilies.size());
  for (const Entry& entry : kFamilies) names.push_back(entry.family);
  return names;
}

}  // namespace modelkin
