#include "report/group_summaries.h"

#include <algorithm>

namespace modelkin {

const MetricSpread& SpreadOf(const GroupSummary& group, Metric PairMetrics::*member) {
  const auto field = std::ranges::find(kPairMetricFields, member, &PairMetricField::member);
  return group.spreads[static_cast<std::size_t>(field - kPairMetricFields.begin())];
}

const GroupSummary* GroupLike(const std::vector<GroupSummary>& groups, const GroupSummary& like) {
  const auto found = std::ranges::find_if(groups, [&](const GroupSummary& group) {
    return group.role == like.role && group.layer == like.layer;
  });
  return found == groups.end() || found->tensors == 0 ? nullptr : &*found;
}

}  // namespace modelkin
