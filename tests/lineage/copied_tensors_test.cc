#include "lineage/copied_tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "lineage/toy_model.h"
#include "numeric/decode.h"

namespace modelkin::testing {
namespace copied_tensors_test {

bool FollowsFormula(const std::vector<float>& values, const Shape& shape) {
  return RecogniseTable(AsStored(values, shape, DType::kF32)).has_value();
}

std::vector<float> Noise(std::size_t count, double mean, double deviation, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(mean, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(normal(random));
  return values;
}

std::vector<float> AsBFloat16(std::vector<float> values) {
  for (float& value : values) value = BFloat16ToFloat(FloatToBFloat16(value));
  return values;
}

std::vector<float> SineTable(std::size_t positions, std::size_t width) {
  std::vector<float> table;
  for (std::size_t t = 0; t < positions; ++t) {
    for (std::size_t i = 0; i < width; ++i) {
      const double rate =
          std::pow(1e4, -2.0 * static_cast<double>(i / 2) / static_cast<double>(width));
      const double angle = static_cast<double>(t) * rate;
      table.push_back(static_cast<float>(i % 2 == 0 ? std::sin(angle) : std::cos(angle)));
    }
  }
  return table;
}

// As speech models store it: a window times cosines, a row for each frequency.
std::vector<float> WindowedFourierBasis(std::size_t frequencies, std::size_t length) {
  std::vector<float> basis;
  for (std::size_t k = 0; k < frequencies; ++k) {
    for (std::size_t t = 0; t < length; ++t) {
      const double x = 2 * std::numbers::pi * static_cast<double>(t) / static_cast<double>(length);
      basis.push_back(
          static_cast<float>((0.5 - 0.5 * std::cos(x)) * std::cos(static_cast<double>(k) * x)));
    }
  }
  return basis;
}

std::vector<float> Progression(std::size_t count, bool geometric) {
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(i);
    values.push_back(static_cast<float>(geometric ? std::pow(0.9, t) : 3 + 0.25 * t));
  }
  return values;
}

TEST(FollowsFormula, TablesAndSeriesDo) {
  EXPECT_TRUE(FollowsFormula(SineTable(64, 32), {64, 32}));
  EXPECT_TRUE(FollowsFormula(WindowedFourierBasis(20, 256), {20, 1, 256}));
  for (const std::size_t count : {16, 32, 500}) {
    EXPECT_TRUE(FollowsFormula(Progression(count, true), {count})) << count;
    EXPECT_TRUE(FollowsFormula(Progression(count, false), {count})) << count;
  }
  EXPECT_TRUE(FollowsFormula(Progression(16, true), {4, 4}));  // by all values one after the other
}

TEST(FollowsFormula, RoundedSeriesOfBFloat16Do) {
  EXPECT_TRUE(FollowsFormula(AsBFloat16(Progression(32, true)), {32}));
}

TEST(FollowsFormula, LearnedValuesDoNot) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    EXPECT_FALSE(FollowsFormula(Noise(16, 0, 1, seed), {16})) << seed;
    EXPECT_FALSE(FollowsFormula(Noise(64, 1, 0.1, seed), {64})) << seed;
    EXPECT_FALSE(FollowsFormula(Noise(64, 1, 0.02, seed), {64})) << seed;
  }
  EXPECT_FALSE(FollowsFormula(Noise(std::size_t{100} * 64, 0, 0.02), {100, 64}));
  // Learned position embeddings are smooth, but not to a thousandth.
  std::vector<float> smooth = SineTable(64, 32);
  const auto noise = Noise(smooth.size(), 0, 0.02);
  for (std::size_t i = 0; i < smooth.size(); ++i) smooth[i] += noise[i];
  EXPECT_FALSE(FollowsFormula(smooth, {64, 32}));
}

TEST(FollowsFormula, EmptyIsNot) { EXPECT_FALSE(FollowsFormula({}, {0})); }

CopiedTensors CopiesOf(const ToyModel& a, const ToyModel& b) {
  const StoredToy stored_a(a), stored_b(b);
  Progress progress;
  return FindCopies(*stored_a.traced().checkpoint, *stored_b.traced().checkpoint, 2, progress);
}

ToyModel Model(std::map<std::string, ToyTensor> tensors) {
  return {.tensors = std::move(tensors), .config = ""};
}

TEST(FindCopies, TellsLearnedValuesFromOthers) {
  const ToyTensor learned{{64}, Noise(64, 1, 0.1)}, ones{{64}, std::vector<float>(64, 1)},
      slopes{{32}, Progression(32, true)}, other{{64}, Noise(64, 1, 0.1, 2)};
  const auto copies =
      CopiesOf(Model({{"norm", learned}, {"mask", ones}, {"slopes", slopes}, {"x", learned}}),
               Model({{"norm", learned}, {"mask", ones}, {"slopes", slopes}, {"x", other}}));
  EXPECT_EQ(copies.compared, 4U);
  EXPECT_EQ(copies.identical.size(), 3U);
  EXPECT_EQ(copies.learned, 1U);
  EXPECT_EQ(copies.learned_elements, 64U);
  EXPECT_FALSE(copies.all_identical);
  EXPECT_FALSE(copies.all_of_b);
}

TEST(FindCopies, SeesWholeModels) {
  const ToyTensor x{{64}, Noise(64, 0, 1)}, y{{64}, Noise(64, 0, 1, 2)};
  EXPECT_TRUE(CopiesOf(Model({{"x", x}}), Model({{"x", x}})).all_identical);
  // One more tensor in A that B does not have, or has under another name.
  const auto more = CopiesOf(Model({{"x", x}, {"y", y}}), Model({{"x", x}}));
  EXPECT_FALSE(more.all_identical);
  EXPECT_TRUE(more.all_of_b);
  EXPECT_TRUE(CopiesOf(Model({{"x", x}, {"tied", x}}), Model({{"x", x}})).all_identical);
  EXPECT_FALSE(CopiesOf(Model({{"x", x}}), Model({{"x", x}, {"y", y}})).all_of_b);
}

TEST(FindCopies, OtherShapesAreNoCopies) {
  const std::vector<float> values = Noise(64, 0, 1);
  const auto copies = CopiesOf(Model({{"x", {{64}, values}}}), Model({{"x", {{8, 8}, values}}}));
  EXPECT_EQ(copies.compared, 0U);
  EXPECT_FALSE(copies.all_identical);
}

// A difference in the last value of a long tensor.
TEST(FindCopies, ReadsToTheEnd) {
  ToyTensor x{{300'000}, Noise(300'000, 0, 1)};
  const ToyModel a = Model({{"x", x}});
  EXPECT_EQ(CopiesOf(a, a).learned, 1U);
  x.values.back() += 1;
  EXPECT_TRUE(CopiesOf(a, Model({{"x", x}})).identical.empty());
}

}  // namespace copied_tensors_test
}  // namespace modelkin::testing
