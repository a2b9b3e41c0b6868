// How residual coordinates of one model go over into those of another.
#ifndef MODELKIN_BASIS_RESIDUAL_MAP_H_
#define MODELKIN_BASIS_RESIDUAL_MAP_H_

#include <cstdint>
#include <vector>

namespace modelkin {

inline constexpr std::uint32_t kNothing = 0xffffffff;

// From A's coordinates to B's: a signed permutation, of which either side may have coordinates that
// the other lacks, or any orthogonal matrix.
struct ResidualMap {
  std::size_t width_a = 0, width = 0;  // of A, and of B
  // B's coordinate j is A's source[j] times sign[j], or has no like in A (kNothing); empty if it is
  // no permutation.
  std::vector<std::uint32_t> source;
  std::vector<float> sign;  // 1 or -1
  // What A has where B has a coordinate that A lacks.
  float missing = 0;
  // Else row j has the weights of A's coordinates in B's j, width x width; and its transpose.
  std::vector<float> rotation, transposed;

  bool is_permutation() const { return !source.empty(); }
  bool has_signs() const;
  // Every coordinate stays what it was.
  bool is_identity() const;
  // A permutation that only leaves coordinates out, or puts new ones between.
  bool is_in_order() const;
  // Coordinates of A that B lacks, and of B that A lacks.
  std::size_t dropped() const;
  std::size_t added() const;

  // `count` rows of `width_a` values each, of A, as B has them.
  void ApplyToRows(std::vector<float>& rows, std::size_t count) const;
  // `width_a` rows of `count` values each.
  void ApplyToColumns(std::vector<float>& values, std::size_t count) const;
};

ResidualMap PermutationMap(std::vector<std::uint32_t> source, std::vector<float> sign);
ResidualMap PermutationMap(std::size_t width_a, std::vector<std::uint32_t> source,
                           std::vector<float> sign);
ResidualMap RotationMap(const std::vector<double>& rotation, std::size_t width);

}  // namespace modelkin

#endif  // MODELKIN_BASIS_RESIDUAL_MAP_H_
