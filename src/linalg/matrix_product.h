// Products of float matrices, on OpenBLAS, or on kernels of our own where it does not know the
// processor.
#ifndef MODELKIN_LINALG_MATRIX_PRODUCT_H_
#define MODELKIN_LINALG_MATRIX_PRODUCT_H_

#include <cstddef>

namespace modelkin {

// Row-major, rows one after the other. Points into somebody's memory.
struct MatrixView {
  const float* values;
  std::size_t rows, columns;
};

struct DoubleMatrixView {
  const double* values;
  std::size_t rows, columns;
};

// out (a.columns x b.columns) += transpose(a) b. Requires a.rows == b.rows.
//
// Sums are in float, as OpenBLAS orders them, over tiles of a fixed size with one thread a tile:
// the same bits for any number of threads, but not from one processor to another.
void AddTransposedProduct(const MatrixView& a, const MatrixView& b, unsigned threads, float* out);
// With sums in double.
void AddTransposedProduct(const DoubleMatrixView& a, const DoubleMatrixView& b, unsigned threads,
                          double* out);

// out (a.rows x b.rows) += a transpose(b). Requires a.columns == b.columns. As above.
void AddProductTransposed(const MatrixView& a, const MatrixView& b, unsigned threads, float* out);

}  // namespace modelkin

#endif  // MODELKIN_LINALG_MATRIX_PRODUCT_H_
