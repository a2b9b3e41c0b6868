#include "linalg/matrix_product.h"

#include <algorithm>
#include <chrono>

#include "base/parallel.h"
#include "kernels/simd_target.h"
#include "linalg/blas.h"
#include "linalg/own_product.h"
#include "linalg/product_meter.h"

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

ProductMeter* meter = nullptr;

// Adds what a product takes while it lives, if somebody wants to know.
class Metered {
 public:
  explicit Metered(std::uint64_t operations) : operations_(operations) {
    if (meter != nullptr) began_ = std::chrono::steady_clock::now();
  }
  ~Metered() {
    if (meter == nullptr) return;
    const auto took = std::chrono::steady_clock::now() - began_;
    meter->operations += operations_;
    meter->nanoseconds += static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(took).count());
  }
  Metered(const Metered&) = delete;
  Metered& operator=(const Metered&) = delete;

 private:
  std::uint64_t operations_;
  std::chrono::steady_clock::time_point began_;
};

bool TakesOwnKernels() {
  static const bool takes = LacksVectors(LoadedBlas().corename(), SupportedSimdTargets().front());
  return takes;
}

void AddTile(const Factor& a, std::size_t rows, const Factor& b, std::size_t columns,
             std::size_t inner, float* out, std::size_t out_stride) {
  const Metered metered(2 * rows * columns * inner);
  if (TakesOwnKernels()) {
    AddOwnProduct(a, rows, b, columns, inner, out, out_stride);
    return;
  }
  LoadedBlas().sgemm(CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans,
                     b.transposed ? CblasNoTrans : CblasTrans, BlasInt(rows), BlasInt(columns),
                     BlasInt(inner), 1.0F, a.values, BlasInt(a.stride), b.values, BlasInt(b.stride),
                     1.0F, out, BlasInt(out_stride));
}

}  // namespace

void SetProductMeter(ProductMeter* of) { meter = of; }

void AddTransposedProduct(const MatrixView& a, const MatrixView& b, unsigned threads, float* out) {
  if (a.rows == 0) return;
  ForTiles(a.columns, b.columns, threads,
           [&](std::size_t row, std::size_t rows, std::size_t column, std::size_t columns) {
             AddTile({a.values + row, a.columns, true}, rows, {b.values + column, b.columns, true},
                     columns, a.rows, out + row * b.columns + column, b.columns);
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
             AddTile({a.values + row * a.columns, a.columns, false}, rows,
                     {b.values + column * b.columns, b.columns, false}, columns, a.columns,
                     out + row * b.rows + column, b.rows);
           });
}

}  // namespace modelkin
