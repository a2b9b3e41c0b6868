// What B retains of A's spread over directions, against its definition in double, and how far it
// tells a common start from a descent.
#include "lineage/retained_spread.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "linalg/svd.h"
#include "lineage/unit_relations.h"
#include "statistics/random.h"

namespace modelkin {
namespace retained_spread_test {

constexpr std::size_t kUnits = 192, kColumns = 96;
constexpr double kLimit = 0.95, kSure = 3;

using Matrix = std::vector<float>;

Matrix Normal(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  Matrix values(count);
  for (float& value : values) value = normal(random);
  return values;
}

// What training adds: directions that units share, each of entries of this variance.
Matrix Lesson(double variance, std::size_t rank, std::uint64_t seed, std::size_t units = kUnits) {
  const Matrix left = Normal(units * rank, seed), right = Normal(rank * kColumns, seed + 1);
  const auto scale = static_cast<float>(std::sqrt(variance / static_cast<double>(rank)));
  Matrix values(units * kColumns, 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t r = 0; r < rank; ++r) {
      values[i] += scale * left[i / kColumns * rank + r] * right[r * kColumns + i % kColumns];
    }
  }
  return values;
}

Matrix Sum(std::initializer_list<Matrix> parts) {
  Matrix sum(parts.begin()->size(), 0);
  for (const Matrix& part : parts) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += part[i];
  }
  return sum;
}

UnitRows RowsOf(const Matrix& values) {
  UnitRows rows{.rows = values, .units = values.size() / kColumns, .columns = kColumns};
  rows.Normalise();
  return rows;
}

UnitRelations RelationsOf(const Matrix& a, const Matrix& b) {
  std::vector<UnitPair> pairs;
  for (std::uint32_t i = 0; i < a.size() / kColumns; ++i) pairs.push_back({i, i});
  return *RelateUnits(RowsOf(a), RowsOf(b), pairs, 1);
}

double MostDeviations(const UnitRelations& relations) {
  return std::max(relations.retained_a->DeviationsAbove(kLimit),
                  relations.retained_b->DeviationsAbove(kLimit));
}

Matrix Start(std::uint64_t seed) { return Normal(kUnits * kColumns, seed); }

// The definition, with directions written out: of each halving and either half, sums over groups of
// squares and products along right singular vectors of the other half.
struct Slopes {
  double shared = 0, own = 0;
};

Slopes SlopesOf(const std::vector<std::vector<double>>& axes, const UnitRows& a, const UnitRows& b,
                const std::vector<std::uint32_t>& asked) {
  const std::size_t groups = std::min<std::size_t>(16, axes.size() / 2);
  std::vector<double> own(groups, 0), shared(groups, 0), sizes(groups, 0);
  double own_all = 0, shared_all = 0;
  for (const std::uint32_t unit : asked) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      own_all += static_cast<double>(a.rows[unit * kColumns + i]) * a.rows[unit * kColumns + i];
      shared_all += static_cast<double>(a.rows[unit * kColumns + i]) * b.rows[unit * kColumns + i];
    }
  }
  for (std::size_t k = 0; k < axes.size(); ++k) {
    std::size_t group = 0;
    while ((group + 1) * axes.size() <= k * groups) ++group;
    while ((group + 1) * axes.size() < (k + 1) * groups) ++group;
    ++sizes[group];
    for (const std::uint32_t unit : asked) {
      const double x =
          std::inner_product(axes[k].begin(), axes[k].end(), a.rows.begin() + unit * kColumns, 0.0);
      const double y =
          std::inner_product(axes[k].begin(), axes[k].end(), b.rows.begin() + unit * kColumns, 0.0);
      own[group] += x * x;
      shared[group] += x * y;
    }
  }
  double weight = 0, mean_own = 0, mean_shared = 0;
  for (std::size_t g = 1; g < groups; ++g) {
    own[g] *= kColumns / sizes[g] / own_all;
    shared[g] *= kColumns / sizes[g] / shared_all;
    weight += sizes[g];
    mean_own += sizes[g] * own[g];
    mean_shared += sizes[g] * shared[g];
  }
  Slopes slopes;
  for (std::size_t g = 1; g < groups; ++g) {
    const double off = own[g] - mean_own / weight;
    slopes.own += sizes[g] / weight * off * off;
    slopes.shared += sizes[g] / weight * off * (shared[g] - mean_shared / weight);
  }
  return slopes;
}

// Without the bias that leaving out one unit at a time tells.
Slopes WithoutBias(const std::vector<std::vector<double>>& axes, const UnitRows& a,
                   const UnitRows& b, const std::vector<std::uint32_t>& asked) {
  const double n = static_cast<double>(asked.size());
  Slopes mean;
  for (const std::uint32_t without : asked) {
    std::vector<std::uint32_t> rest = asked;
    std::erase(rest, without);
    const Slopes slopes = SlopesOf(axes, a, b, rest);
    mean.own += slopes.own / n;
    mean.shared += slopes.shared / n;
  }
  const Slopes all = SlopesOf(axes, a, b, asked);
  return {.shared = n * all.shared - (n - 1) * mean.shared,
          .own = n * all.own - (n - 1) * mean.own};
}

std::vector<std::vector<double>> AxesOf(const UnitRows& a, const std::vector<std::uint32_t>& from) {
  std::vector<double> products(kColumns * kColumns, 0);
  for (const std::uint32_t unit : from) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      for (std::size_t k = 0; k < kColumns; ++k) {
        products[i * kColumns + k] +=
            static_cast<double>(a.rows[unit * kColumns + i]) * a.rows[unit * kColumns + k];
      }
    }
  }
  const auto axes = PrincipalAxes(std::move(products), kColumns);
  std::vector<std::vector<double>> all;
  for (std::size_t k = 0; k < std::min(from.size(), kColumns); ++k) {
    const auto begin = axes->vectors.begin() + static_cast<std::ptrdiff_t>(k * kColumns);
    all.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(kColumns));
  }
  return all;
}

// Cosines are floats: errors of some 1e-6 of the whole.
TEST(RetainedSpread, IsThatOfItsDefinition) {
  constexpr std::size_t kFew = 60;
  const Matrix values = Sum({Normal(kFew * kColumns, 1), Lesson(1, 4, 5, kFew)});
  const UnitRows a = RowsOf(values), b = RowsOf(Sum({values, Normal(values.size(), 2)}));
  std::vector<UnitPair> pairs;
  for (std::uint32_t i = 0; i < kFew; ++i) pairs.push_back({i, i});
  const auto found = RelateUnits(a, b, pairs, 1);
  ASSERT_TRUE(found && found->retained_a && found->retained_b);
  std::vector<std::uint32_t> order(kFew);
  std::iota(order.begin(), order.end(), 0U);
  Slopes expected;
  for (std::uint64_t halving = 0; halving < 4; ++halving) {
    Random(halving, kFew).Shuffle(order);
    std::vector<std::uint32_t> from(order.begin(), order.begin() + kFew / 2),
        asked(order.begin() + kFew / 2, order.end());
    for (int i = 0; i < 2; ++i, std::swap(from, asked)) {
      const Slopes slopes = WithoutBias(AxesOf(a, from), a, b, asked);
      expected.own += slopes.own / 8;
      expected.shared += slopes.shared / 8;
    }
  }
  EXPECT_NEAR(found->retained_a->own, expected.own, 1e-4);
  EXPECT_NEAR(found->retained_a->shared, expected.shared, 1e-4);
}

TEST(RetainedSpread, OfADriftedCopyIsOne) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Matrix a = Sum({Start(seed), Lesson(2, 24, seed + 100)});
    for (const double drift : {0.01, 0.3, 1.0}) {
      const UnitRelations relations =
          RelationsOf(a, Sum({a, Lesson(drift, 24, seed + 200), Lesson(drift, 96, seed + 300)}));
      const RetainedSpread& retained = *relations.retained_a;
      EXPECT_NEAR(*retained.ratio(), 1, 4 * *retained.error() + 1e-6) << seed << " " << drift;
      if (drift < 0.02) {
        EXPECT_GT(MostDeviations(relations), kSure) << seed;
      }
    }
  }
}

TEST(RetainedSpread, OfOneStartIsLess) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Matrix start = Start(seed);
    const UnitRelations relations = RelationsOf(Sum({start, Lesson(2, 24, seed + 100)}),
                                                Sum({start, Lesson(2, 24, seed + 200)}));
    EXPECT_LT(*relations.retained_a->ratio(), 0.7) << seed;
    EXPECT_LT(*relations.retained_b->ratio(), 0.7) << seed;
    EXPECT_LT(MostDeviations(relations), -kSure) << seed;
  }
}

// The directions that both learn outweigh all others in the ratio of relations.
TEST(RetainedSpread, OfOneStartAndOneLanguageIsLess) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Matrix base = Sum({Start(seed), Lesson(1, 3, seed + 100)});
    const UnitRelations relations = RelationsOf(Sum({base, Lesson(0.5, 24, seed + 200)}),
                                                Sum({base, Lesson(0.5, 24, seed + 300)}));
    EXPECT_GT(*relations.learned(), kLimit) << seed;
    EXPECT_LT(MostDeviations(relations), kSure) << seed;
    EXPECT_LT(*relations.retained_a->ratio(), kLimit) << seed;
  }
}

// Nothing was learned, so that the ratio of near copies is no evidence however near they are.
TEST(RetainedSpread, OfTwoUntrainedModelsIsNotTold) {
  for (const double drift : {0.0, 1e-4, 0.1, 1.0}) {
    std::size_t told = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      const Matrix start = Start(seed);
      const UnitRelations relations =
          RelationsOf(start, Sum({start, Lesson(drift, 96, seed + 1000)}));
      told += MostDeviations(relations) > kSure ? 1 : 0;
    }
    EXPECT_LE(told, 2U) << drift;
  }
}

TEST(RetainedSpread, OfAnOrthogonalStartIsLess) {
  Matrix start(64 * kColumns, 0);  // rows that are orthogonal, as some initialisations have them
  for (std::size_t i = 0; i < 64; ++i) start[i * (kColumns + 1)] = std::sqrt(float{kColumns});
  const UnitRelations relations =
      RelationsOf(Sum({start, Lesson(0.5, 12, 10, 64)}), Sum({start, Lesson(0.5, 12, 20, 64)}));
  EXPECT_LT(MostDeviations(relations), kSure);
  const Matrix a = Sum({start, Lesson(0.5, 12, 10, 64)});
  EXPECT_GT(MostDeviations(RelationsOf(a, Sum({a, Lesson(0.01, 64, 30, 64)}))), kSure);
}

TEST(RetainedSpread, IsTheSameTheOtherWayRound) {
  const Matrix start = Start(1);
  const Matrix a = Sum({start, Lesson(1, 8, 10)}), b = Sum({start, Lesson(2, 8, 20)});
  const UnitRelations one = RelationsOf(a, b), other = RelationsOf(b, a);
  EXPECT_NEAR(one.retained_a->shared, other.retained_b->shared, 1e-6);
  EXPECT_NEAR(one.retained_b->own, other.retained_a->own, 1e-6);
}

TEST(RetainedSpread, NeedsUnits) {
  const Matrix few = Normal((kFewestSpreadUnits - 1) * kColumns, 1),
               enough = Normal(kFewestSpreadUnits * kColumns, 1);
  EXPECT_FALSE(RelationsOf(few, few).retained_a);
  EXPECT_TRUE(RelationsOf(enough, enough).retained_a);
}

TEST(RetainedSpread, OfSeveralIsOfTheirSums) {
  RetainedSpread sum{.shared = 1, .own = 2, .shared_variance = 0.25, .own_variance = 0.01};
  EXPECT_EQ(sum.ratio(), 0.5);
  EXPECT_NEAR(*sum.error(), std::sqrt(0.25 + 0.0025) / 2, 1e-12);
  EXPECT_NEAR(sum.DeviationsAbove(1), -1 / std::sqrt(0.26), 1e-12);
  sum.Add({.shared = 2, .own = 1, .shared_variance = 0.75, .covariance = 0.02});
  EXPECT_EQ(sum.ratio(), 1);
  EXPECT_NEAR(*sum.error(), std::sqrt(1 - 0.04 + 0.01) / 3, 1e-12);
  EXPECT_FALSE(RetainedSpread{}.ratio());
  EXPECT_EQ(RetainedSpread{}.DeviationsAbove(0.95), 0);
}

}  // namespace retained_spread_test
}  // namespace modelkin
