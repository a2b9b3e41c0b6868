// The trace test over attention heads: query heads inside their key and value groups, and the
// groups, of every layer.
#ifndef MODELKIN_LINEAGE_HEAD_TRACE_H_
#define MODELKIN_LINEAGE_HEAD_TRACE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/skipped.h"
#include "lineage/draw_plan.h"
#include "lineage/head_arrangements.h"
#include "lineage/model_parts.h"

namespace modelkin {

struct HeadTrace {
  Skipped skipped;  // why there is no test
  std::uint64_t layers = 0;
  HeadCounts heads;
  double log_arrangements = 0;  // natural log of the number of orders that heads could have
  double statistic = 0;         // sum of cosines of heads that stand in the same place
  double mean_cosine = 0;       // per head, from -1 to 1
  double cosine_by_chance = 0;  // its mean over all orders of heads
  HeadTail tail{};
};

// Pairs layers of the same number. Under the null a layer's key and value groups are in random
// order, and query heads in random order inside their group. Of layers of B whose heads are in one
// order, as where layers repeat, the first counts. Needs the same numbers of heads, of
// the same size, in both. Where `plan` is not all it takes a sixteenth of the rows of each head, at
// places that the seed draws for each role; where plan.run_bytes is more than 1, of the layers
// alone whose attention is read as a whole.
HeadTrace TraceHeads(const ModelParts& a, const ModelParts& b, const MonteCarloOptions& options,
                     Progress& progress, const DrawPlan& plan = {});

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_HEAD_TRACE_H_
