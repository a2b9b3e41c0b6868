#include "inference/family_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "inference/families/families.h"

namespace modelkin {

Activations FamilyModel::Embed(const Weights& weights, const Batch& batch) const {
  const std::string name = EmbeddingName(weights);
  const Tensor* const stored = weights.checkpoint().Find(name);
  const std::uint64_t columns =
      stored != nullptr && stored->shape.size() == 2 ? stored->shape[1] : 0;
  return weights.Rows(weights.RequireColumns(name, columns), batch.ids);
}

std::string FamilyModel::EmbeddingName(const Weights& weights) const {
  // Where both are one matrix, either name may be the stored one.
  const bool under_head = tied_ && !weights.Has(TensorOfModel(Role::kEmbedding));
  return TensorOfModel(under_head ? Role::kHead : Role::kEmbedding);
}

std::string FamilyModel::HeadName(const Weights& weights) const {
  // A head of its own counts, even where config.json says that there is none.
  std::string head = TensorOfModel(Role::kHead);
  return tied_ && !weights.Has(head) ? EmbeddingName(weights) : head;
}

std::unique_ptr<const FamilyModel> MakeFamilyModel(const ModelFacts& facts) {
  const std::string_view name = facts.spec().family->name;
  const auto* const found = std::ranges::find(families::kRunnable, name, &families::Entry::family);
  if (found == families::kRunnable.end()) {
    facts.Fail("model_type", fmt::format("is of the family {}, which cannot be run; those that "
                                         "can: {}",
                                         name, fmt::join(RunnableFamilies(), ", ")));
  }
  return found->make(facts);
}

std::vector<std::string_view> RunnableFamilies() {
  std::vector<std::string_view> names;
  names.reserve(families::kRunnable.size());
  for (const families::Entry& entry : families::kRunnable) names.push_back(entry.family);
  return names;
}

}  // namespace modelkin
