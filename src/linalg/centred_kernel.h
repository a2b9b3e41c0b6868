// Inner products of samples, doubly centred: what linear CKA is the cosine of.
#ifndef MODELKIN_LINALG_CENTRED_KERNEL_H_
#define MODELKIN_LINALG_CENTRED_KERNEL_H_

#include <cstddef>
#include <vector>

namespace modelkin {

// Of features, row-major, samples >= 4 by features: samples by samples, of length 1 as a vector.
// Centred so that a sample's product with itself is left out (Szekely and Rizzo, "Partial distance
// correlation", Annals of Statistics 2014, definition 2): the inner product of two kernels is then
// linear CKA with the unbiased estimator of HSIC of Song et al., "Feature selection via dependence
// maximization", JMLR 2012, eq. 5. 1 where both have the same centred inner products up to a scale,
// about 0 on average for unrelated ones, and below 0 too. Rotations of features change nothing.
// All NaN where samples do not differ, and where a value is not finite. The same bits for any
// number of threads.
std::vector<float> CentredKernel(const std::vector<float>& features, std::size_t samples,
                                 unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_LINALG_CENTRED_KERNEL_H_
