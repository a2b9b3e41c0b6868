#include "lineage/residual_pairs.h"

#include <algorithm>
#include <string>

namespace modelkin {

ResidualCarrier CarrierOf(const Part& part) {
  // What mixes streams is of few rows, and streams are in no random order.
  const bool table = part.module == ModuleKind::kResidualMixing || part.role == Role::kEmbedding ||
                     part.module == ModuleKind::kEmbedding ||
                     part.module == ModuleKind::kPositionEmbedding ||
                     part.module == ModuleKind::kHead;
  return table || IsNorm(part.role) || part.tensor->shape.size() < 2 ? ResidualCarrier::kTables
                                                                     : ResidualCarrier::kWeights;
}

std::vector<ResidualPair> ResidualPairs(const ModelParts& a, const ModelParts& b,
                                        const PartFilter& wanted) {
  std::vector<ResidualPair> pairs;
  for (const Part& part : a.parts) {
    const Part* const other = part.residual_axis() ? b.Find(part.tensor->name) : nullptr;
    if (other != nullptr && other->residual_axis() && wanted(part)) pairs.push_back({&part, other});
  }
  // Roles one after the other, so that one matrix holds the sum of one.
  std::vector<std::string> order;
  for (const ResidualPair& pair : pairs) {
    if (std::ranges::find(order, pair.a->pattern) == order.end()) order.push_back(pair.a->pattern);
  }
  std::ranges::stable_sort(pairs, {}, [&](const ResidualPair& pair) {
    return std::ranges::find(order, pair.a->pattern) - order.begin();
  });
  return pairs;
}

bool IsOfSameSum(const ResidualPair& a, const ResidualPair& b) {
  return a.a->pattern == b.a->pattern && CarrierOf(*a.a) == CarrierOf(*b.a);
}

std::uint64_t StoredBytes(const Part& part) {
  return part.tensor->elements * BitWidth(part.tensor->dtype) / 8;
}

std::uint64_t GroupLength(const Part& part) {
  const Shape& shape = part.tensor->shape;
  const std::size_t last = shape.size() - 1;
  if (*part.residual_axis() != last) return shape[last];
  return last == 0 ? 1 : shape[last - 1];
}

}  // namespace modelkin
