#include "kinship/matrices.h"

#include <cmath>
#include <cstring>

#include "kinship/rounding.h"
#include "support/safetensors_writer.h"

namespace modelkin::testing {
namespace {

Checkpoint Store(const Matrix& matrix) {
  std::string bytes(matrix.values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), matrix.values.data(), bytes.size());
  const std::string file =
      SafetensorsFile({{"w", "F32", {matrix.rows, matrix.columns}, std::move(bytes)}});
  std::vector<std::byte> content(file.size());
  std::memcpy(content.data(), file.data(), file.size());
  return OpenSafetensors(MakeMemorySource("matrix", std::move(content)));
}

}  // namespace

Matrix Normal(std::size_t rows, std::size_t columns, std::uint64_t seed, double scale) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Matrix matrix{rows, columns, std::vector<float>(rows * columns)};
  for (float& value : matrix.values) value = static_cast<float>(scale * normal(random));
  return matrix;
}

Matrix HeavyTailed(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::student_t_distribution<double> student(3);
  Matrix matrix{rows, columns, std::vector<float>(rows * columns)};
  for (float& value : matrix.values) value = static_cast<float>(0.05 * student(random));
  return matrix;
}

Matrix Sum(const Matrix& a, const Matrix& b, double factor) {
  Matrix sum = a;
  for (std::size_t i = 0; i < sum.values.size(); ++i) {
    sum.values[i] = static_cast<float>(a.values[i] + factor * b.values[i]);
  }
  return sum;
}

double NormOf(const Matrix& matrix) {
  double squares = 0;
  for (const float value : matrix.values) squares += static_cast<double>(value) * value;
  return std::sqrt(squares);
}

Matrix LowRank(std::size_t rows, std::size_t columns, std::size_t rank, double norm,
               std::uint64_t seed) {
  const Matrix left = Normal(rows, rank, seed), right = Normal(columns, rank, seed + 1000);
  Matrix product{rows, columns, std::vector<float>(rows * columns, 0)};
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      for (std::size_t k = 0; k < rank; ++k) {
        product.values[i * columns + j] += left.values[i * rank + k] * right.values[j * rank + k];
      }
    }
  }
  const double scale = norm / NormOf(product);
  for (float& value : product.values) value = static_cast<float>(value * scale);
  return product;
}

Matrix Rounded(Matrix matrix, DType type) {
  for (float& value : matrix.values) value = RoundTo(type, value);
  return matrix;
}

StoredMatrix::StoredMatrix(const Matrix& matrix, DType stored_as)
    : checkpoint_(Store(Rounded(matrix, stored_as))) {}

}  // namespace modelkin::testing
