// "Intrinsic Fingerprint of LLMs: Continue Training is NOT All You Need to Steal A Model!", arXiv
// 2507.03014 (2025, withdrawn in 2026).
#ifndef MODELKIN_FINGERPRINT_DEVIATION_PROFILE_H_
#define MODELKIN_FINGERPRINT_DEVIATION_PROFILE_H_

#include <optional>
#include <vector>

#include "lineage/model_parts.h"

namespace modelkin {

// Deviations of query, key, value and output weights by depth; the mean of Pearson's correlations
// of both models' over the four. Depths that differ are brought to the shorter by linear
// interpolation. Known to give false positives: depth profiles follow from architecture and
// training recipe, so that unrelated models have them in common. Nothing where no role has three
// layers in both.
std::optional<double> CompareDeviationProfiles(const ModelParts& a, const ModelParts& b,
                                               unsigned threads);

// `values` at `count` >= 2 places spread evenly from the first to the last of at least two.
std::vector<double> Interpolate(const std::vector<double>& values, std::size_t count);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_DEVIATION_PROFILE_H_
