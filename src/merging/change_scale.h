// What kept changes are made larger by, read off the result: it is a ratio of sums that depend on
// which ones chance kept, and on the order in which torch's threads added.
#ifndef MODELKIN_MERGING_CHANGE_SCALE_H_
#define MODELKIN_MERGING_CHANGE_SCALE_H_

#include <cstddef>
#include <vector>

#include "merging/change_rule.h"

namespace modelkin {

// Elements of a tensor.
struct ChangeSample {
  std::vector<float> base, result;          // the result as it is stored
  std::vector<std::vector<float>> changes;  // of each term
  DType dtype = DType::kF32;                // that is computed in
  DType out_dtype = DType::kF32;            // of the result
};

// Sets the scales of terms that are scaled to those by which most elements of the sample come out
// to the bit, whichever open changes are kept: of changes that chance dropped near 1 / density, of
// others within a few units in the last place of what they are.
void ReadChangeScales(const ChangeSample& sample, const std::vector<double>& densities,
                      ChangeRule& rule);

}  // namespace modelkin

#endif  // MODELKIN_MERGING_CHANGE_SCALE_H_
