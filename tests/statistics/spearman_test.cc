#include "statistics/spearman.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "statistics/log_tail.h"
#include "statistics/random.h"

namespace modelkin {
namespace spearman_test {

using Ranks = std::vector<std::uint32_t>;

Ranks InOrder(std::size_t n) {
  Ranks ranks(n);
  std::iota(ranks.begin(), ranks.end(), 0U);
  return ranks;
}

TEST(Spearman, OfRanks) {
  EXPECT_DOUBLE_EQ(*SpearmanOfRanks(InOrder(5), InOrder(5)), 1);
  EXPECT_DOUBLE_EQ(*SpearmanOfRanks(Ranks{0, 1, 2}, Ranks{2, 1, 0}), -1);
  EXPECT_DOUBLE_EQ(*SpearmanOfRanks(Ranks{0, 1, 2, 3}, Ranks{1, 0, 3, 2}), 0.6);
  EXPECT_FALSE(SpearmanOfRanks(Ranks{0}, Ranks{0}));
  EXPECT_FALSE(SpearmanOfRanks(Ranks{}, Ranks{}));
}

TEST(Spearman, ExactForFewRanks) {
  // Of 24 orders of 4 ranks one has a sum of 0, and three more one of 2.
  EXPECT_NEAR(SpearmanTail(InOrder(4), InOrder(4)).log_p, std::log(1.0 / 24), 1e-12);
  EXPECT_NEAR(SpearmanTail(InOrder(4), Ranks{1, 0, 2, 3}).log_p, std::log(4.0 / 24), 1e-12);
  EXPECT_EQ(SpearmanTail(InOrder(4), InOrder(4)).method, TailMethod::kExact);
  EXPECT_NEAR(SpearmanTail(InOrder(4), Ranks{3, 2, 1, 0}).log_p, 0, 1e-12);
  EXPECT_EQ(SpearmanTail(Ranks{}, Ranks{}).log_p, 0);
}

// Counts of orders of 12 ranks by their sums, by dynamic programming over subsets.
TEST(Spearman, BoundIsAboveTheExactTail) {
  EXPECT_GE(LogSpearmanBound(28, 12), -9.470407909925726);
  EXPECT_GE(LogSpearmanBound(84, 12), -5.041881460268502);
  EXPECT_GE(LogSpearmanBound(0, 12), -LogFactorial(12) - 1e-6);
  EXPECT_NEAR(LogSpearmanBound(0, 12), -LogFactorial(12), 1e-3);
  EXPECT_EQ(LogSpearmanBound(286, 12), 0);
}

TEST(Spearman, StudentWithItsCorrectionIsNearTheExactTail) {
  EXPECT_NEAR(LogSpearmanTailByStudent(0.30069930069930073, 12), -1.764879781302368, 0.1);
  EXPECT_NEAR(LogSpearmanTailByStudent(0.5034965034965035, 12), -3.0067146615330693, 0.2);
  EXPECT_NEAR(LogSpearmanTailByStudent(0.7062937062937062, 12), -5.041881460268502, 0.4);
  EXPECT_NEAR(LogSpearmanTailByStudent(0.9020979020979021, 12), -9.470407909925726, 0.8);
}

// Far out, orders of n ranks near the first are integer vectors of small differences that also have
// to be orders: a share of about exp(-n) of all vectors, which the bound counts.
TEST(Spearman, FarTailIsThatOfCountingVectors) {
  constexpr std::uint64_t kRanks = 1408;
  const double n = kRanks;
  for (const double rho : {0.99, 0.999, 0.9999}) {
    const double sum = (1 - rho) * (n * n * n - n) / 6;
    const double bound = LogSpearmanBound(sum, kRanks);
    const double tail = LogSpearmanTailByStudent(rho, kRanks);
    EXPECT_LT(tail, bound) << rho;
    EXPECT_NEAR(tail, bound - n, 0.05 * n) << rho;
    const double degrees = n - 2;
    EXPECT_GT(tail, LogStudentTail(rho * std::sqrt(degrees / (1 - rho * rho)), degrees));
  }
  EXPECT_GE(LogSpearmanTailByStudent(1 - 1e-12, kRanks), -LogFactorial(kRanks));
}

TEST(Spearman, TailsOfTheThreeMethodsMeet) {
  // The same correlation under and over the change at 100 ranks.
  Random random(1, 0);
  Ranks ranks = InOrder(99);
  random.Shuffle(std::span(ranks).first(60));
  const auto few = SpearmanTail(InOrder(99), ranks);
  EXPECT_TRUE(few.method == TailMethod::kMonteCarlo || few.method == TailMethod::kBound);
  ranks.push_back(99);
  const auto many = SpearmanTail(InOrder(100), ranks);
  EXPECT_EQ(many.method, TailMethod::kStudent);
  EXPECT_LT(many.log_p, std::log(1e-5));
  EXPECT_EQ(SpearmanTail(InOrder(100), InOrder(100)).log_p, -LogFactorial(100));
  EXPECT_LE(SpearmanTail(InOrder(96), InOrder(96)).log_p, -LogFactorial(96) + 0.01);
}

TEST(Spearman, OppositeOrderIsNoEvidence) {
  Ranks reversed = InOrder(200);
  std::ranges::reverse(reversed);
  EXPECT_EQ(SpearmanTail(InOrder(200), reversed).log_p, 0);
  reversed.resize(0);
  for (std::uint32_t i = 50; i-- > 0;) reversed.push_back(i);
  EXPECT_NEAR(SpearmanTail(InOrder(50), reversed).log_p, 0, 1e-12);
}

class SpearmanNull : public ::testing::TestWithParam<std::size_t> {};

TEST_P(SpearmanNull, IsUniform) {
  constexpr int kTests = 4000;
  Random random(GetParam(), 1);
  std::vector<double> p;
  Ranks ranks = InOrder(GetParam());
  for (int i = 0; i < kTests; ++i) {
    random.Shuffle(ranks);
    p.push_back(std::exp(SpearmanTail(InOrder(GetParam()), ranks).log_p));
  }
  std::ranges::sort(p);
  double distance = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    distance = std::max(distance, std::abs(p[i] - (static_cast<double>(i) + 0.5) / kTests));
  }
  EXPECT_LT(distance, 1.95 / std::sqrt(kTests));  // 0.1 %
}

INSTANTIATE_TEST_SUITE_P(Ranks, SpearmanNull, ::testing::Values(20, 99, 100, 400));

}  // namespace spearman_test
}  // namespace modelkin
