// Summaries of comparisons by group, as text and Markdown show them.
#ifndef MODELKIN_REPORT_GROUP_SUMMARIES_H_
#define MODELKIN_REPORT_GROUP_SUMMARIES_H_

#include <string>
#include <vector>

#include "scan/comparison.h"

namespace modelkin {

const MetricSpread& SpreadOf(const GroupSummary& group, Metric PairMetrics::*member);

// The group of the same role and layer, if tensors of it were compared; null otherwise.
const GroupSummary* GroupLike(const std::vector<GroupSummary>& groups, const GroupSummary& like);

// Returns "self_attn.q_proj.weight" or "layer 3", of another component than the text model
// "vision: layer 3".
std::string GroupName(const GroupSummary& group);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_GROUP_SUMMARIES_H_
