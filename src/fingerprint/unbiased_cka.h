// Centred kernel alignment without bias.
#ifndef MODELKIN_FINGERPRINT_UNBIASED_CKA_H_
#define MODELKIN_FINGERPRINT_UNBIASED_CKA_H_

#include <cstddef>
#include <optional>
#include <vector>

namespace modelkin {

// Linear CKA of two sets of features of the same n >= 4 samples (row-major, samples by features),
// with the unbiased estimator of HSIC of Song et al., "Feature selection via dependence
// maximization", JMLR 2012, eq. 5: 1 where both have the same centred inner products up to a scale,
// about 0 on average for unrelated ones, and below 0 too. Rotations of features change nothing.
// Nothing where the estimate of a side with itself is not positive, for fewer samples, and for
// values that are not finite. n x n products are held in memory.
std::optional<double> UnbiasedCka(const std::vector<float>& a, const std::vector<float>& b,
                                  std::size_t samples, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_UNBIASED_CKA_H_
