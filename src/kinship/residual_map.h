// How residual coordinates of one model go over into those of another.
#ifndef MODELKIN_KINSHIP_RESIDUAL_MAP_H_
#define MODELKIN_KINSHIP_RESIDUAL_MAP_H_

#include <cstdint>
#include <vector>

namespace modelkin {

// From A's coordinates to B's: a signed permutation, or any orthogonal matrix.
struct ResidualMap {
  std::size_t width = 0;
  // B's coordinate j is A's source[j] times sign[j]; empty if it is no permutation.
  std::vector<std::uint32_t> source;
  std::vector<float> sign;  // 1 or -1
  // Else row j has the weights of A's coordinates in B's j, width x width; and its transpose.
  std::vector<float> rotation, transposed;

  bool is_permutation() const { return !source.empty(); }
  bool has_signs() const;
  // Every coordinate stays what it was.
  bool is_identity() const;

  // `count` rows of `width` values each, of A, as B has them.
  void ApplyToRows(std::vector<float>& rows, std::size_t count) const;
  // `width` rows of `count` values each.
  void ApplyToColumns(std::vector<float>& values, std::size_t count) const;
};

ResidualMap PermutationMap(std::vector<std::uint32_t> source, std::vector<float> sign);
ResidualMap RotationMap(const std::vector<double>& rotation, std::size_t width);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_RESIDUAL_MAP_H_
