// The largest singular values of a matrix, by random projections.
#ifndef MODELKIN_LINALG_RANDOMISED_SVD_H_
#define MODELKIN_LINALG_RANDOMISED_SVD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace modelkin {

// The `count` largest singular values of a rows x columns matrix, row-major, largest first; fewer
// if it has fewer. Halko, Martinsson & Tropp, "Finding structure with randomness", SIAM Review 53,
// 2011, algorithm 4.4 with two power iterations and eight columns more than asked for. Values are
// never too large, but for rounding; each is short by a factor of at most 1 + 1e-3 where those
// after `count` are under half of it, and by up to a few per cent in a flat spectrum. Where
// min(rows, columns) is at most 512 LAPACK's own are taken. Nothing if a value is not finite.
std::optional<std::vector<float>> TopSingularValues(const std::vector<float>& matrix,
                                                    std::size_t rows, std::size_t columns,
                                                    std::size_t count, std::uint64_t seed);

}  // namespace modelkin

#endif  // MODELKIN_LINALG_RANDOMISED_SVD_H_
