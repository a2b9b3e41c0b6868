// Whether a change is of low rank, as a merged LoRA is.
#ifndef MODELKIN_KINSHIP_LOW_RANK_H_
#define MODELKIN_KINSHIP_LOW_RANK_H_

#include <cstdint>
#include <optional>

#include "checkpoint/checkpoint.h"

namespace modelkin {

struct LowRankChange {
  std::uint64_t rank = 0;
  // Smallest singular value that counts over the edge of what rounding alone could give, and over
  // the next one.
  double over_noise = 0, over_next = 0;
  // Share of the change's squares that rank leaves, and what rounding alone leaves.
  double residue = 0, expected_residue = 0;
};

// Larger ranks are not told from full ones.
inline constexpr std::uint64_t kLargestRank = 128;
// Changes of larger tensors (the largest embeddings) are not held in memory.
inline constexpr std::uint64_t kMostLowRankElements = std::uint64_t{1} << 26;

struct ChangeSpectrum {
  std::optional<LowRankChange> low_rank;
  // Largest singular value over that of a matrix of independent noise of the same size
  // (Marchenko & Pastur's edge): about 1 for added noise, far more for what was learned.
  double largest_over_noise = 0;
};

// Of B - A, two matrices of one shape. Rounding to `stored_b` adds noise to it, of a variance of
// step^2 / 12 for each element; no singular value of that exceeds the sum of the largest row norm
// and the largest column norm of its deviations by much (Bandeira & van Handel, "Sharp
// nonasymptotic bounds on the norm of random matrices with independent entries", 2016), and 1.5
// times that sum is the edge. The rank is the number of singular values above, if they are at most
// half of all, what they leave is no more than three times the noise, and the smallest of them is
// at least twice the next. Nothing for equal
// tensors, NaN, vectors and large tensors.
std::optional<ChangeSpectrum> AnalyseChange(const Checkpoint& a, const Tensor& tensor_a,
                                            const Checkpoint& b, const Tensor& tensor_b,
                                            DType stored_b);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_LOW_RANK_H_
