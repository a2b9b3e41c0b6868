// Residual coordinates of two models matched by what they hold over tokens.
#ifndef MODELKIN_FINGERPRINT_COORDINATE_MATCHING_H_
#define MODELKIN_FINGERPRINT_COORDINATE_MATCHING_H_

#include <cstdint>
#include <vector>

namespace modelkin {

// B's coordinate j belongs to A's source[j], times sign[j] (1 or -1), or to none (kUnassigned)
// where B has more of them.
struct CoordinateMatch {
  std::vector<std::uint32_t> source;
  std::vector<float> sign;
};

// Numbers of coordinates of both models.
struct CoordinateCounts {
  std::size_t a, b;
};

// Sum over rows of the outer products of B's with A's: widths.b x widths.a. `a`, `b`: rows of both
// models, as many of each, one after the other. Does not depend on `threads`.
std::vector<double> OuterProducts(const std::vector<float>& a, const std::vector<float>& b,
                                  CoordinateCounts widths, unsigned threads);

// The assignment that makes the sum of absolute cosines of coordinates, as vectors over rows, the
// largest: the "linear assignment" of AWM (arXiv 2510.06738). `products` from OuterProducts.
CoordinateMatch MatchCoordinates(const std::vector<float>& a, const std::vector<float>& b,
                                 CoordinateCounts widths, const std::vector<double>& products,
                                 unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_COORDINATE_MATCHING_H_
