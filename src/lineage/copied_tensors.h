// Tensors that are stored with the same bytes in both models, and which of them say something.
#ifndef MODELKIN_LINEAGE_COPIED_TENSORS_H_
#define MODELKIN_LINEAGE_COPIED_TENSORS_H_

#include <string>
#include <vector>

#include "base/progress.h"
#include "lineage/model_parts.h"

namespace modelkin {

// Why a tensor with the same bytes in both is no evidence.
enum class CopyKind {
  kLearned,    // it is: no formula gives these values
  kFewValues,  // under 16 different values: masks, zeros, ones
  kInControl,  // a control has it too
  kFormula,    // a linear recurrence of order 8 gives each value from those before it
};

struct CopiedTensor {
  const Tensor* a = nullptr;
  const Tensor* b = nullptr;
  CopyKind kind = CopyKind::kLearned;
};

struct CopiedTensors {
  std::uint64_t compared = 0;  // pairs of the same name, type and shape
  std::vector<CopiedTensor> identical;
  std::uint64_t learned = 0;  // of the identical
  std::uint64_t learned_elements = 0;
  // Whether every tensor of either model is stored with the same bytes in the other: under its own
  // name, or, if it is on one side only, under another.
  bool all_identical = false;
  // As above for B alone.
  bool all_of_b = false;
};

// Compares tensors of the same name in pieces and stops at a tensor's first difference.
CopiedTensors FindCopies(const Checkpoint& a, const Checkpoint& b, unsigned threads,
                         Progress& progress);

// Whether values along some axis of at least 16, or one after the other, follow a linear recurrence
// of order 8 (of a quarter of the length, if that is less) with a relative error under 1e-3: sines,
// their windowed transforms, geometric and arithmetic series do; values that were drawn or learned
// do not. `shape` of `values`, row-major.
bool FollowsFormula(const std::vector<float>& values, const Shape& shape);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_COPIED_TENSORS_H_
