// Which models of an atlas lie between two of their nearest relatives.
#ifndef MODELKIN_ATLAS_BETWEEN_SCAN_H_
#define MODELKIN_ATLAS_BETWEEN_SCAN_H_

#include <span>
#include <vector>

#include "atlas/pair_scan.h"
#include "atlas/tree.h"

namespace modelkin {

struct BetweenResults {
  std::uint64_t tests = 0;         // that the error rate was divided by
  std::vector<TreeBetween> found;  // by model; of each model the two that explain most
};

// Tests each entry with each two of its nearest relatives. `shown` has an item for each bucket.
// Throws Interrupted.
BetweenResults FindBetween(std::span<const ShapeBucket> buckets, std::span<const ShownPairs> shown,
                           double error_rate, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_BETWEEN_SCAN_H_
