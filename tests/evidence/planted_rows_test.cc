#include "evidence/planted_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "statistics/random.h"
#include "statistics/trace_test.h"

namespace modelkin {
namespace planted_rows_test {

constexpr std::size_t kUnits = 96;

using Order = std::vector<std::uint32_t>;

float NearlyNormal(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += random.Uniform();
  return static_cast<float>(sum);
}

// Rows of strangers. With `shared`, coordinates are mixed in the same way in all tensors of a
// model, so that rows of different tensors have something in common.
std::vector<TensorRows> Strangers(std::size_t tensors, std::size_t count, double shared,
                                  std::uint64_t seed) {
  std::vector<float> mixing[2];
  for (std::uint64_t side = 0; side < 2; ++side) {
    Random random(1000 + side, 0);
    for (std::size_t i = 0; i < 2 * kUnits; ++i) mixing[side].push_back(NearlyNormal(random));
  }
  std::vector<TensorRows> rows(tensors);
  Random random(seed, 0);
  for (TensorRows& tensor : rows) {
    tensor.count = count;
    for (std::size_t side = 0; side < 2; ++side) {
      std::vector<float>& values = side == 0 ? tensor.a : tensor.b;
      for (std::size_t p = 0; p < count; ++p) {
        const double weights[2] = {shared * NearlyNormal(random), shared * NearlyNormal(random)};
        for (std::size_t i = 0; i < kUnits; ++i) {
          values.push_back(static_cast<float>(NearlyNormal(random) + weights[0] * mixing[side][i] +
                                              weights[1] * mixing[side][kUnits + i]));
        }
      }
    }
  }
  return rows;
}

Order RandomOrder(std::uint64_t seed) {
  Order order(kUnits);
  std::iota(order.begin(), order.end(), 0U);
  Random random(seed, 1);
  random.Shuffle(order);
  return order;
}

// units x count, each row with a mean of 0 and a norm of 1.
std::vector<double> Standardised(const std::vector<float>& values, std::size_t count) {
  std::vector<double> turned(kUnits * count);
  for (std::size_t i = 0; i < kUnits; ++i) {
    double mean = 0, squares = 0;
    for (std::size_t p = 0; p < count; ++p) mean += values[p * kUnits + i];
    mean /= static_cast<double>(count);
    for (std::size_t p = 0; p < count; ++p) squares += std::pow(values[p * kUnits + i] - mean, 2);
    for (std::size_t p = 0; p < count; ++p) {
      turned[i * count + p] = (values[p * kUnits + i] - mean) / std::sqrt(squares);
    }
  }
  return turned;
}

// z of the joint K of all tensors, each K over its deviation: by the definition.
double DirectZ(const std::vector<TensorRows>& tensors, double t, const Order& order) {
  std::vector<double> joint(kUnits * kUnits, 0), k(kUnits * kUnits);
  for (const TensorRows& tensor : tensors) {
    const std::vector<double> a = Standardised(tensor.a, tensor.count);
    const std::vector<double> b = Standardised(tensor.b, tensor.count);
    for (std::size_t i = 0; i < kUnits; ++i) {
      for (std::size_t j = 0; j < kUnits; ++j) {
        double sum = 0;
        for (std::size_t p = 0; p < tensor.count; ++p) {
          sum += a[i * tensor.count + p] *
                 (t * a[j * tensor.count + p] + (1 - t) * b[order[j] * tensor.count + p]);
        }
        k[i * kUnits + j] = sum;
      }
    }
    const double deviation = std::sqrt(TraceTestMoments(k.data(), kUnits)->variance);
    for (std::size_t i = 0; i < k.size(); ++i) joint[i] += k[i] / deviation;
  }
  return TraceTestMoments(joint.data(), kUnits)->z();
}

TEST(PlantedRows, ZIsThatOfTheDefinition) {
  for (const double shared : {0.0, 0.5}) {
    const auto tensors = Strangers(3, 10, shared, 1);
    const PlantedRows planted(tensors, kUnits, 2);
    ASSERT_EQ(planted.tensors(), 3U);
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const Order order = RandomOrder(seed);
      const PlantedDraw draw = planted.Draw(order);
      for (const double t : {0.0, 0.1, 0.5, 1.0}) {
        EXPECT_NEAR(planted.Z(draw, t, {.tensors = 3, .rows = 30}), DirectZ(tensors, t, order),
                    2e-4)
            << shared << " " << t;
      }
    }
  }
}

// A few rows of a few tensors tell what all rows of all tensors find: 4 x 32 of 8 x 64, so that z
// is twice as large where rows have nothing in common, and less where they have.
TEST(PlantedRows, FewRowsTellWhatManyFind) {
  for (const double shared : {0.0, 0.4}) {
    const auto all = Strangers(8, 64, shared, 5);
    std::vector<TensorRows> some;
    for (std::size_t i = 0; i < 8; i += 2) {
      some.push_back({.count = 32,
                      .a = {all[i].a.begin(), all[i].a.begin() + 32 * kUnits},
                      .b = {all[i].b.begin(), all[i].b.begin() + 32 * kUnits}});
    }
    const PlantedRows planted(some, kUnits, 2);
    for (const double t : {0.1, 0.3, 0.6}) {
      double direct = 0, simulated = 0, plain = 0;
      constexpr int kDraws = 6;
      for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
        const Order order = RandomOrder(seed);
        const PlantedDraw draw = planted.Draw(order);
        direct += DirectZ(all, t, order) / kDraws;
        simulated += planted.Z(draw, t, {.tensors = 8, .rows = 8 * 64}) / kDraws;
        plain += planted.Z(draw, t, {.tensors = 4, .rows = 4 * 32}) / kDraws;
      }
      EXPECT_NEAR(simulated, direct, 0.15 * direct) << shared << " " << t << " plain " << plain;
      EXPECT_LT(plain, (shared == 0 ? 0.8 : 1) * simulated) << shared << " " << t;
    }
  }
}

TEST(PlantedRows, GrowsWithTheRootOfRows) {
  const PlantedRows planted(Strangers(8, 64, 0, 6), kUnits, 2);
  const PlantedDraw draw = planted.Draw(RandomOrder(1));
  const double z = planted.Z(draw, 0.05, {.tensors = 8, .rows = 128});
  EXPECT_NEAR(planted.Z(draw, 0.05, {.tensors = 8, .rows = 512}), 2 * z, 0.2 * z);
}

TEST(PlantedRows, LeavesOutWhatSaysNothing) {
  auto tensors = Strangers(5, 10, 0, 7);
  tensors[0].a.assign(tensors[0].a.size(), 3.0F);
  tensors[1].b[5] = std::numeric_limits<float>::quiet_NaN();
  tensors[2].a[7] = std::numeric_limits<float>::infinity();
  tensors[3].count = 1;
  tensors[3].a.resize(kUnits);
  tensors[3].b.resize(kUnits);
  const std::vector<TensorRows> last = {tensors[4]};
  const PlantedRows planted(tensors, kUnits, 1);
  EXPECT_EQ(planted.tensors(), 1U);
  const Order order = RandomOrder(1);
  EXPECT_NEAR(planted.Z(planted.Draw(order), 0.5, {.tensors = 1, .rows = 10}),
              DirectZ(last, 0.5, order), 2e-4);
  const PlantedRows none({}, kUnits, 1);
  EXPECT_EQ(none.tensors(), 0U);
  EXPECT_EQ(none.Z(none.Draw(order), 1, {.tensors = 1, .rows = 10}), 0);
}

TEST(PlantedRows, SameForAnyNumberOfThreads) {
  const auto tensors = Strangers(3, 10, 0.2, 8);
  const Order order = RandomOrder(1);
  const PlantedRows one(tensors, kUnits, 1), many(tensors, kUnits, 5);
  EXPECT_EQ(one.Z(one.Draw(order), 0.2, {.tensors = 9, .rows = 900}),
            many.Z(many.Draw(order), 0.2, {.tensors = 9, .rows = 900}));
}

}  // namespace planted_rows_test
}  // namespace modelkin
