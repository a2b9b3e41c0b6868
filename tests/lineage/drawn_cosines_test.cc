#include "lineage/drawn_cosines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "lineage/one_mlp.h"

namespace modelkin::testing {
namespace drawn_cosines_test {

const std::string kUp = kOneMlpPrefix + "up_proj.weight",
                  kDown = kOneMlpPrefix + "down_proj.weight";

// An up or down weight of a stored model, by units.
class Weight {
 public:
  Weight(const ToyModel& model, bool down)
      : stored_(model),
        parts_(PartsOf(*stored_.traced().checkpoint, nullptr)),
        reader_(parts_, down ? *parts_.mlps[0].down : *parts_.mlps[0].up) {}

  const UnitRowReader& reader() const { return reader_; }

 private:
  StoredToy stored_;
  ModelParts parts_;
  UnitRowReader reader_;
};

std::vector<double> RowOf(const ToyModel& model, bool down, std::size_t unit) {
  const ToyTensor& tensor = model.tensors.at(down ? kDown : kUp);
  std::vector<double> row(kOneMlpWidth);
  for (std::size_t i = 0; i < kOneMlpWidth; ++i) {
    row[i] = tensor.values[down ? i * tensor.shape[1] + unit : unit * kOneMlpWidth + i];
  }
  return row;
}

std::vector<std::uint32_t> FirstUnits(std::uint32_t count) {
  std::vector<std::uint32_t> units(count);
  std::iota(units.begin(), units.end(), 0U);
  return units;
}

double CosineOf(const std::vector<double>& a, const std::vector<double>& b) {
  const auto dot = [](const std::vector<double>& x, const std::vector<double>& y) {
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
  };
  return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
}

// Widths about the number of units that are decoded at once.
TEST(DrawnCosines, AreCosines) {
  for (const bool down : {false, true}) {
    for (const std::size_t units : {2U, 63U, 64U, 65U, 200U}) {
      const ToyModel a = OneMlp(1, units), b = OneMlp(2, 90);
      const Weight of_a(a, down), of_b(b, down);
      const std::vector<std::uint32_t> drawn = {3, 17, 60, 89};
      const DrawnCosines found =
          CosinesWithAll(of_a.reader(), of_b.reader().ReadThese(drawn), UnitDiagonal::kKept, 3);
      ASSERT_TRUE(found.finite);
      ASSERT_EQ(found.units, units);
      ASSERT_EQ(found.drawn, drawn.size());
      for (std::size_t i = 0; i < units; ++i) {
        EXPECT_EQ(found.alive[i], 1);
        for (std::size_t j = 0; j < drawn.size(); ++j) {
          EXPECT_NEAR(found.of(i)[j], CosineOf(RowOf(a, down, i), RowOf(b, down, drawn[j])), 1e-6);
        }
      }
    }
  }
}

TEST(DrawnCosines, DiagonalsCanBeTakenAway) {
  const ToyModel a = OneMlp(1, 70);
  const Weight of_a(a, false);
  const DrawnCosines found = CosinesWithAll(of_a.reader(), of_a.reader().ReadThese(FirstUnits(70)),
                                            UnitDiagonal::kTakenAway, 2);
  for (std::size_t i = 0; i < 70; ++i) {
    std::vector<double> without = RowOf(a, false, i);
    without[i % kOneMlpWidth] = 0;
    for (std::size_t j = 0; j < 70; ++j) {
      EXPECT_NEAR(found.of(i)[j], CosineOf(without, RowOf(a, false, j)), 1e-6);
    }
  }
}

// Rows whose squares floats can't hold, and rows of zeros.
TEST(DrawnCosines, OfAnyScaleAreTheSame) {
  const ToyModel a = OneMlp(1, 50);
  ToyModel scaled = a;
  for (std::size_t unit = 0; unit < 50; ++unit) {
    const float factor = unit % 5 == 4 ? 0.0F : std::ldexp(1.0F, -100 + 50 * int(unit % 5));
    for (std::size_t i = 0; i < kOneMlpWidth; ++i) {
      scaled.At(kUp).values[unit * kOneMlpWidth + i] *= factor;
    }
  }
  const Weight plain(a, false), other(scaled, false);
  const UnitRows drawn = plain.reader().ReadThese(std::vector<std::uint32_t>{1, 30, 49});
  const DrawnCosines found = CosinesWithAll(other.reader(), drawn, UnitDiagonal::kKept, 1);
  const DrawnCosines expected = CosinesWithAll(plain.reader(), drawn, UnitDiagonal::kKept, 1);
  for (std::size_t unit = 0; unit < 50; ++unit) {
    EXPECT_EQ(found.alive[unit], unit % 5 == 4 ? 0 : 1);
    for (std::size_t j = 0; j < 3; ++j) {
      EXPECT_NEAR(found.of(unit)[j], unit % 5 == 4 ? 0 : expected.of(unit)[j], 1e-6);
    }
  }
}

TEST(DrawnCosines, OfWhatIsNotFiniteAreNone) {
  ToyModel bad = OneMlp(1, 200);
  bad.At(kUp).values[150 * kOneMlpWidth + 3] = std::numeric_limits<float>::quiet_NaN();
  const Weight weight(bad, false);
  const UnitRows drawn = weight.reader().ReadThese(std::vector<std::uint32_t>{1, 2});
  EXPECT_TRUE(drawn.finite);
  EXPECT_FALSE(CosinesWithAll(weight.reader(), drawn, UnitDiagonal::kKept, 2).finite);
  EXPECT_FALSE(weight.reader().ReadThese(std::vector<std::uint32_t>{1, 150}).finite);
}

TEST(DrawnCosines, SameBitsForAnyNumberOfThreads) {
  const Weight weight(OneMlp(1, 500), false);
  const UnitRows drawn = weight.reader().ReadThese(FirstUnits(40));
  const auto one = CosinesWithAll(weight.reader(), drawn, UnitDiagonal::kKept, 1).cosines;
  for (const unsigned threads : {0U, 2U, 7U}) {
    EXPECT_EQ(CosinesWithAll(weight.reader(), drawn, UnitDiagonal::kKept, threads).cosines, one);
  }
}

TEST(DrawnCosines, WithNoneAreNone) {
  const Weight weight(OneMlp(1, 50), false);
  const DrawnCosines found =
      CosinesWithAll(weight.reader(), weight.reader().ReadThese({}), UnitDiagonal::kKept, 2);
  EXPECT_TRUE(found.cosines.empty());
  EXPECT_EQ(found.alive.size(), 50U);
}

}  // namespace drawn_cosines_test
}  // namespace modelkin::testing
