// Singular values and vectors, and those of symmetric matrices, by LAPACK.
#ifndef MODELKIN_LINALG_SVD_H_
#define MODELKIN_LINALG_SVD_H_

#include <cstddef>
#include <optional>
#include <vector>

namespace modelkin {

// Of a rows x columns matrix, row-major: min(rows, columns) singular values, largest first. Nothing
// if a value is not finite; none for an empty matrix. One thread a call: run several side by side.
std::optional<std::vector<double>> SingularValues(std::vector<double> matrix, std::size_t rows,
                                                  std::size_t columns);
// In float, at half the time and memory: absolute errors of a few 1e-7 of the largest.
std::optional<std::vector<float>> SingularValues(std::vector<float> matrix, std::size_t rows,
                                                 std::size_t columns);

// The orthogonal matrix nearest to a square one (its polar factor U transpose(V)), row-major:
// Schonemann, "A generalized solution of the orthogonal Procrustes problem", 1966. Nothing if a
// value is not finite. Where the matrix has not full rank, one of several.
std::optional<std::vector<double>> NearestOrthogonal(std::vector<double> matrix, std::size_t size);

// Of a symmetric matrix: its eigenvalues, largest first, and an orthonormal eigenvector of each,
// one after the other.
struct MatrixAxes {
  std::vector<double> values, vectors;
};

// Nothing if a value is not finite; none for an empty matrix. Of equal eigenvalues any vectors of
// what they span.
std::optional<MatrixAxes> PrincipalAxes(std::vector<double> matrix, std::size_t size);

}  // namespace modelkin

#endif  // MODELKIN_LINALG_SVD_H_
