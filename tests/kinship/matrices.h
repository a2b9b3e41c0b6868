// Matrices stored in memory, for tests of what compares two of them.
#ifndef MODELKIN_TESTS_KINSHIP_MATRICES_H_
#define MODELKIN_TESTS_KINSHIP_MATRICES_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace modelkin::testing {

struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<float> values;
};

Matrix Normal(std::size_t rows, std::size_t columns, std::uint64_t seed, double scale = 0.05);
// Student's distribution with 3 degrees of freedom.
Matrix HeavyTailed(std::size_t rows, std::size_t columns, std::uint64_t seed);
Matrix Sum(const Matrix& a, const Matrix& b, double factor = 1);
// Of rank r, with singular values of the same size on average, and |result| = norm.
Matrix LowRank(std::size_t rows, std::size_t columns, std::size_t rank, double norm,
               std::uint64_t seed);
double NormOf(const Matrix& matrix);
// Rounded to a type, values kept as floats.
Matrix Rounded(Matrix matrix, DType type);

// One tensor of type F32; `stored_as` only rounds.
class StoredMatrix {
 public:
  explicit StoredMatrix(const Matrix& matrix, DType stored_as = DType::kF32);
  const Checkpoint& checkpoint() const { return checkpoint_; }
  const Tensor& tensor() const { return checkpoint_.tensors().front(); }

 private:
  Checkpoint checkpoint_;
};

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_KINSHIP_MATRICES_H_
