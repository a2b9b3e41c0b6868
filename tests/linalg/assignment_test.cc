#include "linalg/assignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "base/error.h"

namespace modelkin {
namespace assignment_test {

using ::testing::ElementsAre;
using Scores = std::vector<float>;

enum class Kind { kFewValues, kManyValues, kAllEqual, kHuge };

Scores MakeScores(std::size_t count, Kind kind, std::mt19937_64& random) {
  Scores scores(count);
  for (float& score : scores) {
    const double uniform = static_cast<double>(random() >> 11) * 0x1p-53;
    switch (kind) {
      case Kind::kFewValues: score = static_cast<float>(std::floor(uniform * 3)); break;
      case Kind::kManyValues: score = static_cast<float>(uniform * 2 - 1); break;
      case Kind::kAllEqual: score = 1; break;
      case Kind::kHuge: score = static_cast<float>(std::pow(10.0, 20 * uniform - 10)); break;
    }
  }
  return scores;
}

double BestOfAll(const Scores& scores, std::size_t rows, std::size_t columns) {
  std::vector<std::size_t> order(std::max(rows, columns));
  std::iota(order.begin(), order.end(), std::size_t{0});
  double best = -std::numeric_limits<double>::infinity();
  do {
    double total = 0;
    for (std::size_t i = 0; i < std::min(rows, columns); ++i) {
      total += rows <= columns ? scores[i * columns + order[i]] : scores[order[i] * columns + i];
    }
    best = std::max(best, total);
  } while (std::ranges::next_permutation(order).found);
  return best;
}

void ExpectIsMatching(const Assignment& assignment, std::size_t rows, std::size_t columns) {
  std::vector<bool> taken(columns);
  std::size_t assigned = 0;
  ASSERT_EQ(assignment.column_of_row.size(), rows);
  for (const std::uint32_t column : assignment.column_of_row) {
    if (column == kUnassigned) continue;
    ASSERT_LT(column, columns);
    EXPECT_FALSE(taken[column]);
    taken[column] = true;
    ++assigned;
  }
  EXPECT_EQ(assigned, std::min(rows, columns));
}

class SmallAssignment : public ::testing::TestWithParam<Kind> {};

TEST_P(SmallAssignment, IsTheBestOfAll) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 400; ++round) {
    const std::size_t rows = 1 + random() % 6, columns = 1 + random() % 6;
    const Scores scores = MakeScores(rows * columns, GetParam(), random);
    const Assignment assignment = MaximumAssignment({scores.data(), rows, columns}, 1);
    ExpectIsMatching(assignment, rows, columns);
    const double best = BestOfAll(scores, rows, columns);
    EXPECT_NEAR(assignment.total, best, 1e-7 * std::abs(best) + 1e-12);
  }
}

INSTANTIATE_TEST_SUITE_P(Scores, SmallAssignment,
                         ::testing::Values(Kind::kFewValues, Kind::kManyValues, Kind::kAllEqual,
                                           Kind::kHuge));

// The Hungarian method in its shortest form, O(n^3).
double HungarianTotal(const Scores& scores, std::size_t rows, std::size_t columns) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> u(rows + 1, 0), v(columns + 1, 0);
  std::vector<std::size_t> row_of(columns + 1, 0), before(columns + 1, 0);
  for (std::size_t row = 1; row <= rows; ++row) {
    row_of[0] = row;
    std::size_t at = 0;
    std::vector<double> least(columns + 1, kInfinity);
    std::vector<bool> used(columns + 1);
    do {
      used[at] = true;
      double step = kInfinity;
      std::size_t next = 0;
      for (std::size_t j = 1; j <= columns; ++j) {
        if (used[j]) continue;
        const double cost =
            -static_cast<double>(scores[(row_of[at] - 1) * columns + j - 1]) - u[row_of[at]] - v[j];
        if (cost < least[j]) {
          least[j] = cost;
          before[j] = at;
        }
        if (least[j] < step) {
          step = least[j];
          next = j;
        }
      }
      for (std::size_t j = 0; j <= columns; ++j) {
        if (used[j]) {
          u[row_of[j]] += step;
          v[j] -= step;
        } else {
          least[j] -= step;
        }
      }
      at = next;
    } while (row_of[at] != 0);
    while (at != 0) {
      row_of[at] = row_of[before[at]];
      at = before[at];
    }
  }
  double total = 0;
  for (std::size_t j = 1; j <= columns; ++j) {
    if (row_of[j] != 0) total += scores[(row_of[j] - 1) * columns + j - 1];
  }
  return total;
}

TEST(Assignment, AgreesWithTheHungarianMethod) {
  std::mt19937_64 random(2);
  for (const auto& [rows, columns] : std::vector<std::pair<std::size_t, std::size_t>>{
           {40, 40}, {110, 110}, {60, 90}, {1, 30}, {99, 100}}) {
    for (const Kind kind : {Kind::kManyValues, Kind::kFewValues}) {
      const Scores scores = MakeScores(rows * columns, kind, random);
      const Assignment assignment = MaximumAssignment({scores.data(), rows, columns}, 1);
      ExpectIsMatching(assignment, rows, columns);
      EXPECT_NEAR(assignment.total, HungarianTotal(scores, rows, columns), 1e-9) << rows;
    }
  }
}

TEST(Assignment, MoreRowsThanColumnsIsTheTransposedProblem) {
  std::mt19937_64 random(3);
  const Scores scores = MakeScores(std::size_t{70} * 50, Kind::kManyValues, random);
  Scores turned(scores.size());
  for (std::size_t i = 0; i < 70; ++i) {
    for (std::size_t j = 0; j < 50; ++j) turned[j * 70 + i] = scores[i * 50 + j];
  }
  const Assignment tall = MaximumAssignment({scores.data(), 70, 50}, 1);
  ExpectIsMatching(tall, 70, 50);
  EXPECT_NEAR(tall.total, MaximumAssignment({turned.data(), 50, 70}, 1).total, 1e-9);
}

TEST(Assignment, FindsAPlantedOrderByRowMaxima) {
  constexpr std::size_t kUnits = 300;
  std::mt19937_64 random(4);
  Scores scores = MakeScores(kUnits * kUnits, Kind::kManyValues, random);
  std::vector<std::uint32_t> order(kUnits);
  std::iota(order.begin(), order.end(), 0U);
  std::shuffle(order.begin(), order.end(), random);
  for (std::size_t i = 0; i < kUnits; ++i) scores[i * kUnits + order[i]] += 3;
  const Assignment assignment = MaximumAssignment({scores.data(), kUnits, kUnits}, 2);
  EXPECT_EQ(assignment.column_of_row, order);
  EXPECT_TRUE(assignment.by_row_maxima);
}

TEST(Assignment, TiesBetweenRowMaximaGoToTheSolver) {
  const Scores scores = {5, 5, 5, 4};  // rows prefer the first column; together 9 or 10
  const Assignment assignment = MaximumAssignment({scores.data(), 2, 2}, 1);
  EXPECT_FALSE(assignment.by_row_maxima);
  EXPECT_THAT(assignment.column_of_row, ElementsAre(1, 0));
  EXPECT_EQ(assignment.total, 10);
}

TEST(Assignment, SameForAnyNumberOfThreads) {
  std::mt19937_64 random(5);
  const Scores scores = MakeScores(std::size_t{250} * 250, Kind::kFewValues, random);
  const auto one = MaximumAssignment({scores.data(), 250, 250}, 1).column_of_row;
  EXPECT_EQ(one, MaximumAssignment({scores.data(), 250, 250}, 2).column_of_row);
  EXPECT_EQ(one, MaximumAssignment({scores.data(), 250, 250}, 7).column_of_row);
}

TEST(Assignment, OfNothingIsNothing) {
  EXPECT_TRUE(MaximumAssignment({nullptr, 0, 5}, 1).column_of_row.empty());
  EXPECT_THAT(MaximumAssignment({nullptr, 2, 0}, 1).column_of_row,
              ElementsAre(kUnassigned, kUnassigned));
  const Scores one = {-7};
  EXPECT_THAT(MaximumAssignment({one.data(), 1, 1}, 1).column_of_row, ElementsAre(0));
}

TEST(Assignment, RefusesScoresThatAreNotFinite) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const Scores scores = {1, 2, bad, 4};
    EXPECT_THROW(MaximumAssignment({scores.data(), 2, 2}, 1), Error);
  }
}

}  // namespace assignment_test
}  // namespace modelkin
