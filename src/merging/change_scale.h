// What DARE made kept changes larger by, read off the result: it depends on which ones chance kept.
#ifndef MODELKIN_MERGING_CHANGE_SCALE_H_
#define MODELKIN_MERGING_CHANGE_SCALE_H_

#include <cstddef>
#include <span>
#include <vector>

#include "merging/change_rule.h"

namespace modelkin {

// Elements of a tensor.
struct ChangeSample {
  std::vector<float> base, result;
  std::vector<std::vector<float>> changes;  // of each term
};

// Sets the scale of `term` to the one by which most elements of the sample come out to the bit if
// this change alone is kept, near 1 / density; leaves 1 / density where none does.
void ReadChangeScale(const ChangeSample& sample, DType dtype, std::size_t term, double density,
                     ChangeRule& rule);

}  // namespace modelkin

#endif  // MODELKIN_MERGING_CHANGE_SCALE_H_
