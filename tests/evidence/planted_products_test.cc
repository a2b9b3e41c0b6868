#include "evidence/planted_products.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "statistics/random.h"

namespace modelkin {
namespace planted_products_test {

constexpr std::size_t kUnits = 40;

using Order = std::vector<std::uint32_t>;

// Of strangers: products with A have a large diagonal. Each tensor has a size of its own.
std::vector<TensorProducts> Strangers(std::size_t tensors) {
  Random random(7, 0);
  std::vector<TensorProducts> all(tensors);
  for (std::size_t tensor = 0; tensor < tensors; ++tensor) {
    const double size = std::pow(3.0, static_cast<double>(tensor));
    for (std::size_t i = 0; i < kUnits; ++i) {
      for (std::size_t j = 0; j < kUnits; ++j) {
        const double own = i == j ? 1 : 0.2 * (random.Uniform() - 0.5);
        all[tensor].with_a.push_back(static_cast<float>(size * own));
        all[tensor].with_b.push_back(static_cast<float>(size * (random.Uniform() - 0.4)));
      }
    }
  }
  return all;
}

std::vector<Order> Orders(std::size_t count) {
  std::vector<Order> orders(count, Order(kUnits));
  for (std::size_t draw = 0; draw < count; ++draw) {
    std::iota(orders[draw].begin(), orders[draw].end(), 0U);
    Random random(11, draw);
    random.Shuffle(orders[draw]);
  }
  return orders;
}

// By the definition: z of the sum of all K over their norms, by the mean and the variance of
// K[i][pi(i)] over all pi as Hoeffding gives them.
double DirectZ(const std::vector<TensorProducts>& tensors, double t, const Order& order) {
  std::vector<double> joint(kUnits * kUnits, 0), k(kUnits * kUnits);
  for (const TensorProducts& tensor : tensors) {
    double squares = 0;
    for (std::size_t i = 0; i < kUnits; ++i) {
      for (std::size_t j = 0; j < kUnits; ++j) {
        k[i * kUnits + j] =
            t * tensor.with_a[i * kUnits + j] + (1 - t) * tensor.with_b[i * kUnits + order[j]];
        squares += std::pow(k[i * kUnits + j], 2);
      }
    }
    if (squares == 0) continue;
    for (std::size_t i = 0; i < k.size(); ++i) joint[i] += k[i] / std::sqrt(squares);
  }
  const auto mean_of = [&](std::size_t first, std::size_t step, std::size_t count) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += joint[first + i * step];
    return sum / static_cast<double>(count);
  };
  const double mean = mean_of(0, 1, joint.size());
  double trace = 0, squares = 0;
  for (std::size_t i = 0; i < kUnits; ++i) {
    trace += joint[i * kUnits + i];
    for (std::size_t j = 0; j < kUnits; ++j) {
      squares += std::pow(joint[i * kUnits + j] - mean_of(i * kUnits, 1, kUnits) -
                              mean_of(j, kUnits, kUnits) + mean,
                          2);
    }
  }
  return (trace - mean * kUnits) / std::sqrt(squares / (kUnits - 1));
}

TEST(PlantedProducts, IsZOfTheDefinition) {
  const auto tensors = Strangers(4);
  const auto orders = Orders(9);
  const PlantedProducts planted(tensors, kUnits, orders, 2);
  EXPECT_EQ(planted.tensors(), 4U);
  for (const double t : {0.0, 0.003, 0.2, 0.7, 1.0}) {
    const std::vector<double> z = planted.Z(t);
    ASSERT_EQ(z.size(), orders.size());
    for (std::size_t draw = 0; draw < z.size(); ++draw) {
      const double expected = DirectZ(tensors, t, orders[draw]);
      EXPECT_NEAR(z[draw], expected, 1e-5 * std::max(1.0, std::abs(expected))) << t << ' ' << draw;
    }
  }
}

TEST(PlantedProducts, SameForAnyNumberOfThreads) {
  const PlantedProducts one(Strangers(3), kUnits, Orders(7), 1);
  for (const unsigned threads : {0U, 2U, 5U}) {
    const PlantedProducts other(Strangers(3), kUnits, Orders(7), threads);
    EXPECT_EQ(one.Z(0.05), other.Z(0.05)) << threads;
  }
}

TEST(PlantedProducts, ATensorOfZerosCountsForNothing) {
  auto tensors = Strangers(2);
  const std::vector<double> z = PlantedProducts(tensors, kUnits, Orders(3), 1).Z(0.1);
  tensors.push_back({.with_a = std::vector<float>(kUnits * kUnits, 0),
                     .with_b = std::vector<float>(kUnits * kUnits, 0)});
  const PlantedProducts planted(tensors, kUnits, Orders(3), 1);
  for (std::size_t draw = 0; draw < z.size(); ++draw) {
    EXPECT_NEAR(planted.Z(0.1)[draw], z[draw], 1e-5);
  }
  // Of A alone: at t = 1 K is 0.
  const PlantedProducts without({tensors.back()}, kUnits, Orders(3), 1);
  EXPECT_EQ(without.Z(1), std::vector<double>(3, 0));
}

TEST(PlantedProducts, TellsNothingWhereThereIsNothing) {
  EXPECT_EQ(PlantedProducts({}, kUnits, Orders(2), 1).Z(0.5), std::vector<double>(2, 0));
  EXPECT_TRUE(PlantedProducts(Strangers(1), kUnits, {}, 1).Z(0.5).empty());
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto tensors = Strangers(2);
    tensors[1].with_b[5] = bad;
    EXPECT_EQ(PlantedProducts(tensors, kUnits, Orders(2), 1).Z(0.5), std::vector<double>(2, 0));
  }
  // All entries alike: each order gives the same sum.
  TensorProducts constant{.with_a = std::vector<float>(kUnits * kUnits, 0.25F),
                          .with_b = std::vector<float>(kUnits * kUnits, 0.5F)};
  EXPECT_EQ(PlantedProducts({constant}, kUnits, Orders(2), 1).Z(0.5), std::vector<double>(2, 0));
}

}  // namespace planted_products_test
}  // namespace modelkin
