// Least squares of a few unknowns, and weights of a merge as means over tensors.
#ifndef MODELKIN_KINSHIP_MERGE_ALGEBRA_H_
#define MODELKIN_KINSHIP_MERGE_ALGEBRA_H_

#include <optional>
#include <vector>

namespace modelkin {

using Vector = std::vector<double>;

// x of matrix * x = right, of `right.size()` rows, by Gauss's elimination with the largest pivots;
// nothing if it is singular to 1e-12.
std::optional<Vector> Solve(Vector matrix, Vector right);

// A weight with a 95 % interval: mean over tensors, weighed by TensorMix::evidence, and Student's
// interval with tensors for independent repeats. It is one of the weight if all tensors were mixed
// alike and differ by rounding alone; that the range of tensors' own weights shows.
struct WeightEstimate {
  double mean = 0, low = 0, high = 0;
  double tensors_low = 0, tensors_high = 0;  // smallest and largest weight of a tensor
};

// Of values that weigh `evidence`, which is not 0 for all: their variances are their own, and
// degrees of freedom those of as many tensors as weigh alike (Kish).
WeightEstimate Estimate(const Vector& values, const Vector& evidence);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_MERGE_ALGEBRA_H_
