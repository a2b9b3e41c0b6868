#include "report/group_summaries.h"

#include <fmt/format.h>

#include <algorithm>

#include "architecture/component_names.h"

namespace modelkin {

const MetricSpread& SpreadOf(const GroupSummary& group, Metric PairMetrics::*member) {
  const auto field = std::ranges::find(kPairMetricFields, member, &PairMetricField::member);
  return group.spreads[static_cast<std::size_t>(field - kPairMetricFields.begin())];
}

const GroupSummary* GroupLike(const std::vector<GroupSummary>& groups, const GroupSummary& like) {
  const auto found = std::ranges::find_if(groups, [&](const GroupSummary& group) {
    return group.component == like.component && group.role == like.role &&
           group.layer == like.layer;
  });
  return found == groups.end() || found->tensors == 0 ? nullptr : &*found;
}

std::string GroupName(const GroupSummary& group) {
  const std::string name = group.layer ? fmt::format("layer {}", *group.layer) : group.role;
  // What stands in no layer has all of its name.
  const bool told = group.component == Component::kText ||
                    (!group.layer && ComponentOfName(group.role) == group.component);
  return told ? name : fmt::format("{}: {}", ComponentName(group.component), name);
}

}  // namespace modelkin
