// B as a mixture of candidate parents: linear, spherical, or as a sum of what each changed of a
// common base.
#ifndef MODELKIN_KINSHIP_MERGE_FIT_H_
#define MODELKIN_KINSHIP_MERGE_FIT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/progress.h"
#include "lineage/model_parts.h"

namespace modelkin {

// A weight with a 95 % interval: mean over tensors, weighed by TensorMix::evidence, and Student's
// interval with tensors for independent repeats. It is one of the weight if all tensors were mixed
// alike and differ by rounding alone; that the range of tensors' own weights shows.
struct WeightEstimate {
  double mean = 0, low = 0, high = 0;
  double tensors_low = 0, tensors_high = 0;  // smallest and largest weight of a tensor
};

// Least squares for one tensor.
struct TensorMix {
  std::string name;
  std::vector<double> weights;  // of each parent
  // |B - best single parent|^2, less the noise of a grid, that the mixture explains: 1 where it
  // leaves nothing else; nothing where noise is nearly all that there is to explain.
  std::optional<double> explained;
  double residual = 0;  // |B - mixture| / |B|
  // What the tensor's weights weigh: its elements, times the share that the mixture explains. Where
  // parents differ by a step of the stored type, as norms do, rounding pulls weights to 0 and 1.
  double evidence = 0;
};

struct MergeFit {
  std::string skipped;  // why there is no fit; "" where there is
  // "linear" (weights of sum 1), "slerp" (along the arc between two parents, tensor by tensor),
  // "task_arithmetic" (base + weights of what each parent changed).
  std::string method;
  std::vector<TensorMix> tensors;
  std::vector<WeightEstimate> weights;  // of each parent; for slerp 1 - t and t
  // Medians over tensors; a tensor with nothing to explain counts as one of which nothing is.
  std::optional<double> explained;
  double residual = 0;
  // The same weights for all tensors leave this, relatively: |B - mixture| / |B|, all tensors.
  double common_residual = 0;
  // Whether it counts as a merge: see docs/kinship.md.
  bool is_merge = false;
  // Whether A is its base, or one of the parents, of a weight between 0 and 1: then A was first.
  // Set by who knows A.
  bool goes_back_to_a = false;
};

// A weight of less says nothing.
inline constexpr double kLeastMergeWeight = 0.02;

// Squares that rounding to a grid has added to tensors of B, by name, over those of the tensor.
using GridNoise = std::unordered_map<std::string, double>;

// `parents`: two to four models with B's names and shapes; tensors that not all have are left out,
// as are those of under 256 elements and those that do not differ between parents. `base` may be
// null. Reads each tensor of all models once.
MergeFit FitMerge(const ModelParts& b, const std::vector<const ModelParts*>& parents,
                  const ModelParts* base, const GridNoise& noise, unsigned threads,
                  Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_MERGE_FIT_H_
