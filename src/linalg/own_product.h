// A product on the project's own kernels, where OpenBLAS knows less of the processor than they do.
#ifndef MODELKIN_LINALG_OWN_PRODUCT_H_
#define MODELKIN_LINALG_OWN_PRODUCT_H_

#include <cstddef>
#include <string_view>

namespace modelkin {

// Entry (i, k) is values[i * stride + k], or values[k * stride + i] where it is transposed.
struct Factor {
  const float* values;
  std::size_t stride;
  bool transposed;
};

// out[i][j] += sum over k of a(i, k) b(j, k): `rows` by `columns`, over `inner`. On one thread.
// Each sum is in order of k.
void AddOwnProduct(const Factor& a, std::size_t rows, const Factor& b, std::size_t columns,
                   std::size_t inner, float* out, std::size_t out_stride);

// Returns whether OpenBLAS's kernels, which it calls by a processor's name, lack AVX2 though
// `simd_target`, Highway's best one here, has it: it takes such for processors newer than itself.
bool LacksVectors(std::string_view openblas_core, std::string_view simd_target);

}  // namespace modelkin

#endif  // MODELKIN_LINALG_OWN_PRODUCT_H_
