#include "linalg/randomised_svd.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "linalg/blas.h"
#include "linalg/svd.h"

namespace modelkin {
namespace {

constexpr std::size_t kSmall = 512;
constexpr std::size_t kMoreColumns = 8;
constexpr int kPowerIterations = 2;

// Row-major rows x columns, columns at most rows: its columns become orthonormal.
bool Orthonormalise(std::vector<float>& matrix, std::size_t rows, std::size_t columns) {
  std::vector<float> reflectors(columns);
  return LoadedLapack().sgeqrf(LAPACK_ROW_MAJOR, BlasInt(rows), BlasInt(columns), matrix.data(),
                               BlasInt(columns), reflectors.data()) == 0 &&
         LoadedLapack().sorgqr(LAPACK_ROW_MAJOR, BlasInt(rows), BlasInt(columns), BlasInt(columns),
                               matrix.data(), BlasInt(columns), reflectors.data()) == 0;
}

// matrix (rows x columns) times right (columns x count), or its transpose times right (rows x
// count).
std::vector<float> Times(const std::vector<float>& matrix, std::size_t rows, std::size_t columns,
                         bool transposed, const std::vector<float>& right, std::size_t count) {
  std::vector<float> product((transposed ? columns : rows) * count);
  LoadedBlas().sgemm(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, CblasNoTrans,
                     BlasInt(transposed ? columns : rows), BlasInt(count),
                     BlasInt(transposed ? rows : columns), 1.0F, matrix.data(), BlasInt(columns),
                     right.data(), BlasInt(count), 0.0F, product.data(), BlasInt(count));
  return product;
}

}  // namespace

std::optional<std::vector<float>> TopSingularValues(const std::vector<float>& matrix,
                                                    std::size_t rows, std::size_t columns,
                                                    std::size_t count, std::uint64_t seed) {
  const std::size_t least = std::min(rows, columns);
  const std::size_t width = std::min(least, count + kMoreColumns);
  if (least <= kSmall || width == least) {
    auto values = SingularValues(matrix, rows, columns);
    if (values && values->size() > count) values->resize(count);
    return values;
  }
  if (!std::ranges::all_of(matrix, [](float value) { return std::isfinite(value); })) {
    return std::nullopt;
  }
  // std::normal_distribution differs from one library to another; uniform numbers do as well.
  std::mt19937_64 random(seed);
  std::vector<float> test(columns * width);
  for (float& value : test) {
    value = static_cast<float>(static_cast<double>(random() >> 11) * 0x1p-52 - 1);
  }
  std::vector<float> range = Times(matrix, rows, columns, false, test, width);
  for (int i = 0; i < kPowerIterations; ++i) {
    if (!Orthonormalise(range, rows, width)) return std::nullopt;
    std::vector<float> back = Times(matrix, rows, columns, true, range, width);
    if (!Orthonormalise(back, columns, width)) return std::nullopt;
    range = Times(matrix, rows, columns, false, back, width);
  }
  if (!Orthonormalise(range, rows, width)) return std::nullopt;
  auto values = SingularValues(Times(matrix, rows, columns, true, range, width), columns, width);
  if (values) values->resize(count);
  return values;
}

}  // namespace modelkin
