#include "lineage/mlp_matching.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

#include "statistics/agreement.h"

namespace modelkin {
namespace mlp_matching_test {

constexpr std::size_t kColumns = 64;

UnitRows RandomRows(std::size_t units, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  UnitRows rows{.rows = std::vector<float>(units * kColumns), .units = units, .columns = kColumns};
  for (float& value : rows.rows) value = normal(random);
  rows.Normalise();
  return rows;
}

UnitRows Take(const UnitRows& from, const std::vector<std::uint32_t>& units) {
  UnitRows rows{.rows = {}, .units = units.size(), .columns = from.columns};
  for (const std::uint32_t unit : units) {
    const auto first = from.rows.begin() + static_cast<std::ptrdiff_t>(unit * from.columns);
    rows.rows.insert(rows.rows.end(), first, first + static_cast<std::ptrdiff_t>(from.columns));
  }
  rows.Normalise();
  return rows;
}

MlpRows RandomMlp(std::size_t units, std::uint64_t seed) {
  return {.first = RandomRows(units, 2 * seed), .second = RandomRows(units, 2 * seed + 1)};
}

void Kill(MlpRows& mlp, std::size_t first, std::size_t count) {
  for (UnitRows* rows : {&mlp.first, &mlp.second}) {
    std::fill_n(rows->rows.begin() + static_cast<std::ptrdiff_t>(first * kColumns),
                count * kColumns, 0.0F);
    rows->Normalise();
  }
}

MlpMatch MatchOf(const MlpRows& a, const MlpRows& b, unsigned threads = 1, bool gated = false) {
  MlpMatch match{.gated = gated, .same_width = a.first.units == b.first.units};
  MatchRows(a, b, 1, threads, MatchDepth::kAll, match);
  return match;
}

std::vector<std::uint32_t> Order(std::size_t count, std::uint64_t seed) {
  std::vector<std::uint32_t> order(count);
  for (std::uint32_t i = 0; i < count; ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
  return order;
}

TEST(MlpMatching, FindsUnitsInAnyOrder) {
  const MlpRows a = RandomMlp(120, 1);
  const auto order = Order(120, 5);
  const MlpMatch match =
      MatchOf(a, {.first = Take(a.first, order), .second = Take(a.second, order)});
  EXPECT_EQ(match.agreed, 120U);
  EXPECT_EQ(*match.rho, 1);
  EXPECT_LT(match.tail.log_p, -400);
  EXPECT_LT(match.in_place, 8U);
  EXPECT_LT(match.log_p_linked(), kLinkedLogP);
}

// With signs fitted to each pair of units as well.
// Units in another order, of which all but the first `shared` are a stranger's.
MlpMatch MatchOfPart(std::size_t units, std::size_t shared) {
  const MlpRows a = RandomMlp(units, 1), stranger = RandomMlp(units, 2);
  MlpRows b = a;
  for (const auto& [from, to] :
       {std::pair(&stranger.first, &b.first), std::pair(&stranger.second, &b.second)}) {
    const auto begin = static_cast<std::ptrdiff_t>(shared * kColumns);
    std::copy(from->rows.begin() + begin, from->rows.end(), to->rows.begin() + begin);
  }
  const auto order = Order(units, 5);
  return MatchOf(a, {.first = Take(b.first, order), .second = Take(b.second, order)});
}

TEST(MlpMatching, AFewUnitsInCommonLinkNothing) {
  const MlpMatch few = MatchOfPart(800, 24);  // 3 %, which no chance explains
  EXPECT_GE(few.agreed, 20U);
  EXPECT_LT(LogAgreementTail(few.agreed, few.expected), kLinkedLogP);
  EXPECT_GT(few.log_p_linked(), kLinkedLogP);
  const MlpMatch more = MatchOfPart(800, 64);  // 8 %
  EXPECT_LT(more.log_p_linked(), kLinkedLogP);
}

TEST(MlpMatching, StrangersAgreeByChance) {
  for (const bool gated : {false, true}) {
    std::uint64_t agreed = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      const MlpMatch match = MatchOf(RandomMlp(50, seed), RandomMlp(50, seed + 1000), 1, gated);
      agreed += match.agreed;
      EXPECT_GT(match.log_p_linked(), kLinkedLogP);
      EXPECT_EQ(match.expected, 1);
    }
    EXPECT_NEAR(static_cast<double>(agreed), 60, 4 * std::sqrt(60));  // Poisson(1) each
  }
}

void Negate(UnitRows& rows, std::size_t first, std::size_t count) {
  for (std::size_t i = first * kColumns; i < (first + count) * kColumns; ++i) {
    rows.rows[i] = -rows.rows[i];
  }
}

// Up rows of half of the units negated, in place and in another order, from both sides.
TEST(MlpMatching, SignsOfGatedUnitsHideNothing) {
  const MlpRows a = RandomMlp(120, 1);
  std::vector<std::uint32_t> own(120);
  std::iota(own.begin(), own.end(), 0U);
  for (const auto& order : {own, Order(120, 5)}) {
    MlpRows b{.first = Take(a.first, order), .second = Take(a.second, order)};
    Negate(b.second, 30, 60);
    for (const bool turned : {false, true}) {
      const MlpMatch match = turned ? MatchOf(b, a, 1, true) : MatchOf(a, b, 1, true);
      EXPECT_EQ(match.agreed, 120U);
      EXPECT_EQ(match.flipped.size(), 60U);
      EXPECT_NEAR(*match.cosine(), 1, 1e-5);
      if (!turned) {
        EXPECT_EQ(std::ranges::min(match.flipped), 30U);
        EXPECT_EQ(std::ranges::max(match.flipped), 89U);
      }
    }
  }
}

// A gate, and a unit that is not gated, does something else if it is negated.
TEST(MlpMatching, OtherSignsAreNoMatterOfChoice) {
  const MlpRows a = RandomMlp(120, 1);
  MlpRows b = a;
  Negate(b.first, 0, 60);
  EXPECT_LT(MatchOf(a, b, 1, true).agreed, 80U);
  b = a;
  Negate(b.second, 0, 60);
  EXPECT_LT(MatchOf(a, b, 1, false).agreed, 80U);
}

// A third of dead units in both: matched with each other they would look like agreement.
TEST(MlpMatching, DeadUnitsAreNoEvidence) {
  std::uint64_t agreed = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    MlpRows a = RandomMlp(60, seed), b = RandomMlp(60, seed + 1000);
    Kill(a, 10, 20);
    Kill(b, 30, 20);
    const MlpMatch match = MatchOf(a, b);
    EXPECT_EQ(match.units_a, 40U);
    EXPECT_EQ(match.units_b, 40U);
    EXPECT_GT(match.tail.log_p, std::log(1e-3));
    EXPECT_GT(match.log_p_linked(), std::log(1e-3));
    agreed += match.agreed;
  }
  EXPECT_LT(agreed, 20 + 4 * std::sqrt(20));
}

// All units alike: any matching is as good, and none is to be preferred twice.
TEST(MlpMatching, EqualSimilaritiesAreBrokenByChance) {
  MlpRows same = RandomMlp(80, 1);
  for (UnitRows* rows : {&same.first, &same.second}) {
    for (std::size_t unit = 1; unit < rows->units; ++unit) {
      std::copy_n(rows->rows.begin(), kColumns,
                  rows->rows.begin() + static_cast<std::ptrdiff_t>(unit * kColumns));
    }
  }
  const MlpMatch match = MatchOf(same, same);
  EXPECT_LT(match.agreed, 8U);
  EXPECT_LT(match.in_place, 8U);
  EXPECT_GT(match.tail.log_p, std::log(1e-4));
  EXPECT_FALSE(match.trace);  // every order is the same
}

TEST(MlpMatching, OfOtherWidthMatchesTheFewer) {
  const MlpRows a = RandomMlp(150, 1);
  auto order = Order(150, 5);
  order.resize(100);
  const MlpMatch match =
      MatchOf(a, {.first = Take(a.first, order), .second = Take(a.second, order)});
  EXPECT_EQ(match.agreed, 100U);
  EXPECT_EQ(match.agreement(), 1);
  EXPECT_NEAR(match.expected, 100.0 / 150, 1e-12);
  EXPECT_FALSE(match.order_rho);
  const MlpMatch turned =
      MatchOf({.first = Take(a.first, order), .second = Take(a.second, order)}, a);
  EXPECT_EQ(turned.agreed, 100U);
  EXPECT_EQ(MatchOf(RandomMlp(150, 1), RandomMlp(100, 2)).agreement(),
            MatchOf(RandomMlp(150, 1), RandomMlp(100, 2)).agreement());
}

TEST(MlpMatching, UnitsInPlaceAreSeen) {
  const MlpRows a = RandomMlp(100, 1);
  const MlpMatch match = MatchOf(a, a);
  EXPECT_EQ(match.in_place, 100U);
  EXPECT_EQ(*match.order_rho, 1);
  EXPECT_GT(match.trace->z(), 50);
  EXPECT_NEAR(*match.cosine(), 1, 1e-5);
}

TEST(MlpMatching, TooFewUnitsAreSkipped) {
  EXPECT_EQ(MatchOf(RandomMlp(1, 1), RandomMlp(1, 2)).skipped,
            "fewer than two hidden units with weights");
  MlpRows dead = RandomMlp(30, 1);
  Kill(dead, 0, 30);
  EXPECT_EQ(MatchOf(dead, RandomMlp(30, 2)).skipped, "fewer than two hidden units with weights");
}

TEST(MlpMatching, ValuesThatAreNotFiniteAreSkipped) {
  MlpRows bad = RandomMlp(30, 1);
  bad.second.finite = false;
  EXPECT_EQ(MatchOf(bad, RandomMlp(30, 2)).skipped, "weights that are not finite");
}

TEST(MlpMatching, SameForAnyNumberOfThreads) {
  const MlpRows a = RandomMlp(90, 1), b = RandomMlp(90, 2);
  const MlpMatch one = MatchOf(a, b, 1), seven = MatchOf(a, b, 7);
  EXPECT_EQ(one.agreed, seven.agreed);
  EXPECT_EQ(one.tail.log_p, seven.tail.log_p);
  EXPECT_EQ(one.trace_tail.log_p, seven.trace_tail.log_p);
  EXPECT_EQ(one.trace->z(), seven.trace->z());
}

// Second rows that repeat the first ones: strangers' units agree, as many as with coordinates in
// another order.
MlpRows Repeating(std::size_t units, std::uint64_t seed) {
  MlpRows mlp = RandomMlp(units, seed);
  for (std::size_t i = 0; i < mlp.first.rows.size(); ++i) {
    mlp.second.rows[i] += 3 * mlp.first.rows[i];
  }
  mlp.second.Normalise();
  return mlp;
}

TEST(MlpMatching, RowsThatRepeatEachOtherAreNoAgreement) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const MlpRows a = Repeating(120, seed), b = Repeating(120, seed + 100);
    const MlpMatch match = MatchOf(a, b, 1, true);
    EXPECT_GT(UnitsAlike(a, b), kUnitsAlike);
    EXPECT_GT(match.agreed, 6U) << seed;
    EXPECT_GT(match.agreed_renumbered, 0U) << seed;
    EXPECT_GT(match.log_p_linked(), kLinkedLogP) << seed;
    const auto order = Order(120, 5);
    const MlpMatch own =
        MatchOf(a, {.first = Take(a.first, order), .second = Take(a.second, order)});
    EXPECT_EQ(own.agreed, 120U);
    EXPECT_LT(own.log_p_linked(), kLinkedLogP) << seed;
  }
  EXPECT_LT(UnitsAlike(RandomMlp(120, 1), RandomMlp(120, 2)), 2.0 / kColumns);
}

TEST(LogAgreementTail, OfAsManyAsRenumberedIsNone) {
  EXPECT_EQ(LogAgreementTail(40, 1, 0), LogAgreementTail(40, 1));
  EXPECT_GT(LogAgreementTail(40, 1, 40), -1);
  EXPECT_LT(LogAgreementTail(100, 1, 10), -20);
  EXPECT_GT(LogAgreementTail(100, 1, 10), LogAgreementTail(100, 1));
}

}  // namespace mlp_matching_test
}  // namespace modelkin
