// A derivation that is simulated on drawn hidden units of an MLP.
#ifndef MODELKIN_EVIDENCE_DRAWN_PLANTING_H_
#define MODELKIN_EVIDENCE_DRAWN_PLANTING_H_

#include <cstdint>
#include <vector>

#include "lineage/drawn_cosines.h"
#include "lineage/drawn_matching.h"
#include "lineage/match_findings.h"
#include "lineage/pair_analysis.h"
#include "statistics/random.h"

namespace modelkin {

// Drawn units of B that A's units of the same places are mixed into, t A + (1 - t) B, with B's part
// in random order. Cosines of a mixture with A's units are those of its two parts, weighted, over
// its norm: weights are read once, for all shares t and all orders. Thread-safe.
class DrawnPlanting {
 public:
  // Requires MLPs of one width that can be matched.
  DrawnPlanting(const PairAnalysis& pair, const MlpMatch& match, const DrawnMatchOptions& options);

  // Returns agreed, units_a and units_b of a match of A with what is planted.
  MlpMatch Match(double t, std::uint64_t draw) const;

 private:
  // Of all of A's units with drawn ones of A and of B, in this order.
  struct Weight {
    DrawnCosines cosines;
    std::vector<bool> alive_b;
  };

  Weight ReadWeight(const ModelParts& a, const Part& part_a, const ModelParts& b,
                    const Part& part_b, unsigned threads) const;
  std::vector<std::uint32_t> MatchWeight(const Weight& weight, double t,
                                         const std::vector<std::uint32_t>& order, UnitSigns signs,
                                         Random& random) const;

  std::uint64_t seed_;
  MlpMatch begun_;
  std::vector<std::uint32_t> places_;
  Weight first_, second_;
  // That take part: units of A, and of those of drawn places, by index.
  std::vector<std::uint32_t> units_a_, drawn_;
};

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_DRAWN_PLANTING_H_
