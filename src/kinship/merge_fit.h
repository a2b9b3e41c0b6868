// B as a mixture of candidate parents: linear, spherical, or as a sum of what each changed of a
// common base.
#ifndef MODELKIN_KINSHIP_MERGE_FIT_H_
#define MODELKIN_KINSHIP_MERGE_FIT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/progress.h"
#include "kinship/merge_algebra.h"
#include "lineage/model_parts.h"

namespace modelkin {

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

enum class MergeMethod : std::uint8_t {
  kLinear,          // weights of sum 1
  kSlerp,           // along the arc between two parents, tensor by tensor
  kTaskArithmetic,  // base + weights of what each parent changed
  kDare,            // the same of changes that chance kept: sparse_merge.h
  kTies,            // the same of the largest changes
};

// "linear", "slerp", "task_arithmetic", "dare", "ties"
std::string_view MergeMethodName(MergeMethod method);
// Whether it adds changes to a base.
constexpr bool HasBase(MergeMethod method) { return method >= MergeMethod::kTaskArithmetic; }

struct MergeFit {
  std::string skipped;  // why there is no fit; "" where there is
  MergeMethod method = MergeMethod::kLinear;
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

// Fills in explained, residual and weights out of tensors, of which there is at least one.
void SummariseTensors(MergeFit& fit);
// Whether there are tensors enough, most of B is explained, and two weights or more are of some
// size and alike in all tensors.
bool LooksLikeAMerge(const MergeFit& fit);

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
