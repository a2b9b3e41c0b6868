#include "linalg/matrix_product.h"

#include <algorithm>

#include "base/parallel.h"
#include "linalg/blas.h"

namespace modelkin {
namespace {

// Rows and columns of `out` that one call computes: small enough to keep many cores busy, large
// enough that packing the factors costs little.
constexpr std::size_t kTileRows = 2048;
constexpr std::size_t kTileColumns = 512;

template <class Tile>
void ForTiles(std::size_t rows, std::size_t columns, unsigned threads, const Tile& tile) {
  const std::size_t across = (columns + kTileColumns - 1) / kTileColumns;
  const std::size_t down = (rows + kTileRows - 1) / kTileRows;
  ParallelFor(threads, across * down, [&](std::size_t index, unsigned) {
    const std::size_t row = index / across * kTileRows;
    const std::size_t column = index % across * kTileColumns;
    tile(row, std::min(kTileRows, rows - row), column, std::min(kTileColumns, columns - column));
  });
}

}  // namespace

void AddTransposedProduct(const MatrixView& a, const MatrixView& b, unsigned threads, float* out) {
  if (a.rows == 0) return;
  ForTiles(a.columns, b.columns, threads,
           [&](std::size_t row, std::size_t rows, std::size_t column, std::size_t columns) {
             LoadedBlas().sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, BlasInt(rows),
                                BlasInt(columns), BlasInt(a.rows), 1.0F, a.values + row,
                                BlasInt(a.columns), b.values + column, BlasInt(b.columns), 1.0F,
                                out + row * b.columns + column, BlasInt(b.columns));
           });
}

void AddTransposedProduct(const DoubleMatrixView& a, const DoubleMatrixView& b, unsigned threads,
                          double* out) {
  if (a.rows == 0) return;
  ForTiles(a.columns, b.columns, threads,
           [&](std::size_t row, std::size_t rows, std::size_t column, std::size_t columns) {
             LoadedBlas().dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, BlasInt(rows),
                                BlasInt(columns), BlasInt(a.rows), 1.0, a.values + row,
                                BlasInt(a.columns), b.values + column, BlasInt(b.columns), 1.0,
                                out + row * b.columns + column, BlasInt(b.columns));
           });
}

void AddProductTransposed(const MatrixView& a, const MatrixView& b, unsigned threads, float* out) {
  if (a.columns == 0) return;
  ForTiles(a.rows, b.rows, threads,
           [&](std::size_t row, std::size_t rows, std::size_t column, std::size_t columns) {
             LoadedBlas().sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, BlasInt(rows),
                                BlasInt(columns), BlasInt(a.columns), 1.0F,
                                a.values + row * a.columns, BlasInt(a.columns),
                                b.values + column * b.columns, BlasInt(b.columns), 1.0F,
                                out + row * b.rows + column, BlasInt(b.rows));
           });
}

}  // namespace modelkin
