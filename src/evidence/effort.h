// How much a trace looks at: docs/lineage.md, "Effort".
#ifndef MODELKIN_EVIDENCE_EFFORT_H_
#define MODELKIN_EVIDENCE_EFFORT_H_

#include <cstdint>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "evidence/power_statement.h"
#include "evidence/verdict.h"
#include "lineage/draw_plan.h"
#include "lineage/pair_analysis.h"

namespace modelkin {

// Models of up to so many values are looked at as a whole.
inline constexpr std::uint64_t kWholeValues = std::uint64_t{1} << 25;
// Beyond so many, rows are drawn in runs that fill the blocks that a network moves, and there is
// one look, at under 2 % of the bytes.
inline constexpr std::uint64_t kLargeValues = std::uint64_t{1} << 35;
// A verdict is settled where shares are known within this, at 95 %, and no evidence where a smaller
// share of A than the second one would have been found.
inline constexpr double kShareKnown = 0.02, kShareFound = 0.01;

// What was looked at, and why no more.
struct EffortRecord {
  std::uint64_t planned = 1, taken = 1;  // looks
  bool settled = true;                   // false where even the last look left a question open
  DrawPlan plan;                         // of the last look
};

// Returns what each look takes, at most three: by the shapes of A and B alone.
std::vector<DrawPlan> PlansOf(const TraceOptions& options, const Checkpoint& a,
                              const Checkpoint& b);

// Returns whether another look could change what is said. `mlps`: those of B.
bool IsSettled(const Verdict& verdict, const std::optional<PowerStatement>& power,
               const DrawPlan& plan, std::uint64_t mlps);

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_EFFORT_H_
