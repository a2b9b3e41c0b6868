// Exponentials of many floats, to within a few units in the last place. NaN stays NaN.
#ifndef MODELKIN_KERNELS_EXPONENTIALS_H_
#define MODELKIN_KERNELS_EXPONENTIALS_H_

#include <cstddef>

namespace modelkin {

// Of no values -infinity. NaN is passed over, unless it is among the first.
float Largest(const float* values, std::size_t count);

// Each value v becomes exp(v - largest); returns their sum.
float ExponentiateAndSum(float* values, std::size_t count, float largest);

// Each value x becomes x / (1 + exp(-scale (x + cubic x^3))): SiLU at scale 1 and cubic 0; at
// others, GELU's approximations.
void MultiplyBySigmoid(float* values, std::size_t count, float scale, float cubic);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_EXPONENTIALS_H_
