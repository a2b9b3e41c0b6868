// Centred kernel alignment without bias.
#ifndef MODELKIN_FINGERPRINT_UNBIASED_CKA_H_
#define MODELKIN_FINGERPRINT_UNBIASED_CKA_H_

#include <cstddef>
#include <optional>
#include <vector>

namespace modelkin {

// Linear CKA of two sets of features of the same n >= 4 samples (row-major, samples by features):
// the inner product of their centred kernels (linalg/centred_kernel.h), from -1 to 1. Nothing for
// fewer samples, where a side's do not differ, and for values that are not finite. n x n products
// are held in memory.
std::optional<double> UnbiasedCka(const std::vector<float>& a, const std::vector<float>& b,
                                  std::size_t samples, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_UNBIASED_CKA_H_
