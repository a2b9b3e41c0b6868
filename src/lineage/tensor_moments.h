// What the values of a tensor are like, whatever their order.
#ifndef MODELKIN_LINEAGE_TENSOR_MOMENTS_H_
#define MODELKIN_LINEAGE_TENSOR_MOMENTS_H_

#include <array>

#include "checkpoint/checkpoint.h"

namespace modelkin {

// Logarithm of the root mean square; mean and mean magnitude over it; logarithm of the kurtosis.
using Moments = std::array<double, 4>;

// {-1000, 0, 0, 0} where one of them is not finite. Reads the tensor once.
Moments MomentsOf(const Checkpoint& checkpoint, const Tensor& tensor);

// Sum of absolute differences.
double MomentDistance(const Moments& a, const Moments& b);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_TENSOR_MOMENTS_H_
