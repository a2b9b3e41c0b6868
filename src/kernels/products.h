// Products of small matrices of floats, one of which may be stored in a narrower type. On one
// thread.
#ifndef MODELKIN_KERNELS_PRODUCTS_H_
#define MODELKIN_KERNELS_PRODUCTS_H_

#include <cstddef>

#include "numeric/dtype.h"

namespace modelkin {

// Rows of floats, `stride` floats from one to the next. Points into somebody's memory.
struct FloatRows {
  const float* values;
  std::size_t stride;
};

// Rows as they are stored, F32, F16 or BF16, `stride` elements from one to the next; unaligned.
struct StoredRows {
  DType dtype;
  const std::byte* bytes;
  std::size_t stride;
};

// As DecodeToFloat (numeric/decode.h) for the types that models run in, and faster.
void DecodeWeights(DType dtype, const std::byte* bytes, std::size_t count, float* out);

// out[i][j] += the product of row i of x and row j of w: `rows` by `outputs`, over `inputs`
// elements. Each sum is over lanes of a vector and then of the vector's lanes, whatever `rows` and
// `outputs` are: the same bits for a row alone as among others, but not from one processor to
// another.
void AddRowProducts(const FloatRows& x, std::size_t rows, const StoredRows& w, std::size_t outputs,
                    std::size_t inputs, float* out, std::size_t out_stride);

// out[i][j] += sum over k of a[i][k] b[k][j]: `rows` by `columns`, over `inner`. Each sum is
// in order of k: the same bits for a row alone as among others.
void AddProduct(const FloatRows& a, std::size_t rows, const FloatRows& b, std::size_t columns,
                std::size_t inner, float* out, std::size_t out_stride);

// out[k][i] = a[i][k]: of a matrix of `rows` by `columns` its columns as rows.
void Transpose(const FloatRows& a, std::size_t rows, std::size_t columns, float* out,
               std::size_t out_stride);

// Each infinite value becomes NaN; others keep their value.
void InfinityToNan(float* values, std::size_t count);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_PRODUCTS_H_
