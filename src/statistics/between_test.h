// Whether a vector lies between two others, by the signs of their projections.
#ifndef MODELKIN_STATISTICS_BETWEEN_TEST_H_
#define MODELKIN_STATISTICS_BETWEEN_TEST_H_

#include <cstdint>
#include <optional>

namespace modelkin {

// Of `bits` signs of three vectors, how many differ between each two. Each sign that differs
// between two differs from the third's in one of them, so that the sum of the three is even and
// none is above the sum of the others.
struct SignDifferences {
  std::uint64_t bits = 0;
  std::uint64_t middle_a = 0, middle_b = 0, a_b = 0;
};

// Where vectors drift apart independently, as nodes of a tree, a vector's directions to two others
// are never at an obtuse angle: the partial correlation of A and B given the middle is at least 0,
// and is 0 where the middle is itself the place at which they part. A mean of both, or a step on a
// straight way from one to the other, has a negative one.
//
// Returns log p of as few signs that differ from both under a partial correlation of 0, if that is
// at most `log_limit` < 0; nullopt if it is not, or differences are none of three vectors. The two
// unknown cosines are taken at the worst of a confidence set, whose error is added (Berger & Boos,
// JASA 1994), so that p is valid whatever they are.
std::optional<double> LogBetween(const SignDifferences& differences, double log_limit);

// Returns how much of the middle's squared distance to the nearer of both the two explain together:
// 1 where it is a weighted mean of them, 0 where the further one adds nothing. By the cosines that
// differences estimate, whose errors may put it above 1; 0 where A and B are the same.
double ShareBetween(const SignDifferences& differences);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_BETWEEN_TEST_H_
