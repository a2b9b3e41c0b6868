#include "linalg/svd.h"

#include <algorithm>
#include <cmath>

#include "linalg/blas.h"

namespace modelkin {
namespace {

template <class Value>
bool AllFinite(const std::vector<Value>& values) {
  return std::ranges::all_of(values, [](Value value) { return std::isfinite(value); });
}

// LAPACK's matrices run down columns: it sees the transpose, whose singular values are the same.
lapack_int Decompose(lapack_int rows, lapack_int columns, double* matrix, double* values) {
  return LoadedLapack().dgesdd(LAPACK_COL_MAJOR, 'N', rows, columns, matrix, rows, values, nullptr,
                               1, nullptr, 1);
}

lapack_int Decompose(lapack_int rows, lapack_int columns, float* matrix, float* values) {
  return LoadedLapack().sgesdd(LAPACK_COL_MAJOR, 'N', rows, columns, matrix, rows, values, nullptr,
                               1, nullptr, 1);
}

template <class Value>
std::optional<std::vector<Value>> Values(std::vector<Value> matrix, std::size_t rows,
                                         std::size_t columns) {
  if (!AllFinite(matrix)) return std::nullopt;
  std::vector<Value> values(std::min(rows, columns));
  if (values.empty()) return values;
  if (Decompose(BlasInt(columns), BlasInt(rows), matrix.data(), values.data()) != 0)
    return std::nullopt;
  return values;
}

}  // namespace

std::optional<std::vector<double>> SingularValues(std::vector<double> matrix, std::size_t rows,
                                                  std::size_t columns) {
  return Values(std::move(matrix), rows, columns);
}

std::optional<std::vector<float>> SingularValues(std::vector<float> matrix, std::size_t rows,
                                                 std::size_t columns) {
  return Values(std::move(matrix), rows, columns);
}

std::optional<std::vector<double>> NearestOrthogonal(std::vector<double> matrix, std::size_t size) {
  if (!AllFinite(matrix)) return std::nullopt;
  if (size == 0) return matrix;
  std::vector<double> values(size), left(size * size), right(size * size);
  // Of the transpose, M^T = left diag right; its polar factor is left right, that of M the
  // transpose of it, which is left right again when read by rows.
  if (LoadedLapack().dgesdd(LAPACK_COL_MAJOR, 'A', BlasInt(size), BlasInt(size), matrix.data(),
                            BlasInt(size), values.data(), left.data(), BlasInt(size), right.data(),
                            BlasInt(size)) != 0) {
    return std::nullopt;
  }
  LoadedBlas().dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, BlasInt(size), BlasInt(size),
                     BlasInt(size), 1.0, left.data(), BlasInt(size), right.data(), BlasInt(size),
                     0.0, matrix.data(), BlasInt(size));
  return matrix;
}

std::optional<MatrixAxes> PrincipalAxes(std::vector<double> matrix, std::size_t size) {
  if (!AllFinite(matrix)) return std::nullopt;
  MatrixAxes axes;
  if (size == 0) return axes;
  axes.values.resize(size);
  if (LoadedLapack().dsyevd(LAPACK_COL_MAJOR, 'V', 'L', BlasInt(size), matrix.data(), BlasInt(size),
                            axes.values.data()) != 0) {
    return std::nullopt;
  }
  // LAPACK has the least first.
  std::ranges::reverse(axes.values);
  axes.vectors.resize(size * size);
  for (std::size_t i = 0; i < size; ++i) {
    std::copy_n(matrix.begin() + static_cast<std::ptrdiff_t>((size - 1 - i) * size), size,
                axes.vectors.begin() + static_cast<std::ptrdiff_t>(i * size));
  }
  return axes;
}

}  // namespace modelkin
