#include "kinship/stored_grid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "kinship/matrices.h"
#include "numeric/decode.h"
#include "storage/coded_weight.h"

namespace modelkin::testing {
namespace stored_grid_test {

constexpr float kStep = 0x1p-7F;

// Multiples of a step, of numbers that are stored as floats.
class Multiples : public WeightDecoder {
 public:
  explicit Multiples(Tensor part) : part_(std::move(part)) {}

  void Decode(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
              float* out) const override {
    std::vector<std::byte> scratch;
    const auto bytes = parts.Read(part_, 4 * begin, 4 * count, scratch);
    DecodeToFloat(DType::kF32, bytes.data(), count, out);
    for (std::uint64_t i = 0; i < count; ++i) out[i] = kStep * std::nearbyint(out[i] / kStep);
  }
  void GridSteps(const PartReader& /*parts*/, std::uint64_t /*begin*/, std::uint64_t count,
                 float* out) const override {
    std::fill_n(out, count, kStep);
  }

 private:
  Tensor part_;
};

Tensor OnGrid(const Tensor& stored, bool is_quantised = true) {
  Tensor tensor = stored;
  tensor.coded = std::make_shared<const CodedWeight>(
      CodedWeight{.coding = Coding::kScaled,
                  .label = "multiples",
                  .block = "all",
                  .is_quantised = is_quantised,
                  .parts = {stored},
                  .decoder = std::make_shared<const Multiples>(stored)});
  return tensor;
}

Matrix Moved(Matrix matrix, double sigma, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, sigma);
  for (float& value : matrix.values) value += static_cast<float>(normal(random));
  return matrix;
}

Matrix OnMultiples(Matrix matrix) {
  for (float& value : matrix.values) value = kStep * std::nearbyint(value / kStep);
  return matrix;
}

std::optional<QuantisationGrid> GridOf(const Matrix& other, const Matrix& codes,
                                       const std::vector<std::uint32_t>* rows = nullptr) {
  const StoredMatrix a(other, DType::kF32), b(codes, DType::kF32);
  return FindStoredGrid(a.checkpoint(), a.tensor(), DType::kF32, b.checkpoint(), OnGrid(b.tensor()),
                        rows);
}

TEST(StoredGrid, RoundingLeavesDistancesSpreadOverAStep) {
  const Matrix original = Normal(300, 96, 1);
  const auto grid = GridOf(original, original);
  ASSERT_TRUE(grid.has_value());
  EXPECT_EQ(grid->kind, GridKind::kStored);
  EXPECT_EQ(grid->form, "multiples");
  EXPECT_EQ(grid->form_block, "all");
  EXPECT_EQ(grid->within_half_step, 1);
  // By definition, over the same values: all 300 rows are looked at.
  double squares = 0;
  for (const float value : original.values) {
    const double steps = (value - kStep * std::nearbyint(value / kStep)) / kStep;
    squares += steps * steps;
  }
  EXPECT_NEAR(*grid->rms_steps, std::sqrt(squares / (300 * 96)), 1e-6);
  EXPECT_NEAR(*grid->rms_steps, 1 / std::sqrt(12), 0.005);
  EXPECT_FALSE(grid->a_has_one);
  EXPECT_TRUE(grid->LooksRounded());
}

TEST(StoredGrid, ADecodedCopyLiesOnIt) {
  const Matrix original = Normal(64, 96, 2);
  const auto grid = GridOf(OnMultiples(original), original);
  EXPECT_EQ(grid->rms_steps, 0.0);
  EXPECT_TRUE(grid->a_lies_on_it);
  EXPECT_TRUE(grid->a_has_one);
}

TEST(StoredGrid, ADecodedCopyThatWasTrainedIsNearerThanRoundingLeavesIt) {
  const Matrix original = Normal(128, 96, 3);
  const auto grid = GridOf(Moved(OnMultiples(original), kStep / 8, 4), original);
  EXPECT_TRUE(grid->IsRounding());  // within half a step
  EXPECT_FALSE(grid->LooksRounded());
  EXPECT_FALSE(grid->a_lies_on_it);
  EXPECT_FALSE(grid->a_has_one);
}

TEST(StoredGrid, WhatHadChangedBeforeIsFartherAway) {
  const Matrix original = Normal(128, 96, 5);
  const auto grid = GridOf(original, Moved(original, 2 * kStep, 6));
  EXPECT_LT(grid->within_half_step, 0.5);
  EXPECT_NEAR(*grid->rms_steps, std::sqrt(4 + 1.0 / 12), 0.1);
  EXPECT_FALSE(grid->IsRounding());
}

TEST(StoredGrid, ComparesRowsThatWereChosen) {
  const Matrix original = Normal(40, 96, 7);
  const std::vector<std::uint32_t> rows = {39, 3, 17};
  Matrix chosen{.rows = 3, .columns = 96, .values = {}};
  for (const std::uint32_t row : rows) {
    const auto begin = original.values.begin() + row * 96;
    chosen.values.insert(chosen.values.end(), begin, begin + 96);
  }
  const auto grid = GridOf(chosen, original, &rows);
  EXPECT_EQ(grid->within_half_step, 1);
  EXPECT_FALSE(GridOf(original, original, &rows).has_value()) << "other rows than those";
}

TEST(StoredGrid, LeavesOutWhatIsNotFinite) {
  Matrix original = Normal(8, 96, 8);
  Matrix broken = original;
  broken.values[5] = std::numeric_limits<float>::quiet_NaN();
  broken.values[7] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(GridOf(broken, original)->within_half_step, 1);
  for (float& value : broken.values) value = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(GridOf(broken, original).has_value());
}

TEST(StoredGrid, IsOfQuantisedWeightsAlone) {
  const Matrix original = Normal(8, 96, 9);
  const StoredMatrix a(original, DType::kF32), b(original, DType::kF32);
  EXPECT_FALSE(
      FindStoredGrid(a.checkpoint(), a.tensor(), DType::kF32, b.checkpoint(), b.tensor(), nullptr)
          .has_value());
  EXPECT_FALSE(FindStoredGrid(a.checkpoint(), a.tensor(), DType::kF32, b.checkpoint(),
                              OnGrid(b.tensor(), false), nullptr)
                   .has_value());
  const auto both = FindStoredGrid(a.checkpoint(), OnGrid(a.tensor()), DType::kF32, b.checkpoint(),
                                   OnGrid(b.tensor()), nullptr);
  EXPECT_TRUE(both->a_has_one);
  const StoredMatrix other(Normal(8, 97, 9), DType::kF32);
  EXPECT_FALSE(FindStoredGrid(other.checkpoint(), other.tensor(), DType::kF32, b.checkpoint(),
                              OnGrid(b.tensor()), nullptr)
                   .has_value());
}

}  // namespace stored_grid_test
}  // namespace modelkin::testing
