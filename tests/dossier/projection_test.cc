#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "dossier/row_codes.h"
#include "dossier/sign_projection.h"

namespace modelkin {
namespace projection_test {

std::vector<float> NormalRow(std::size_t length, std::mt19937_64& random) {
  std::normal_distribution<float> normal;
  std::vector<float> row(length);
  for (float& value : row) value = normal(random);
  return row;
}

double CosineOf(const std::vector<double>& a, const std::vector<double>& b) {
  const double ab = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  const double aa = std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
  const double bb = std::inner_product(b.begin(), b.end(), b.begin(), 0.0);
  return ab / std::sqrt(aa * bb);
}

TEST(SignProjection, IsLinearInRowsByFixedSigns) {
  const SignProjection signs(3, 0, 20, 16);
  std::vector<std::vector<double>> columns;
  for (std::size_t i = 0; i < 20; ++i) {
    std::vector<float> unit(20, 0.0F);
    unit[i] = 1;
    columns.push_back(signs.Project(std::span<const float>(unit)));
    for (const double sign : columns.back()) EXPECT_EQ(std::abs(sign), 1);
  }
  std::mt19937_64 random(1);
  const std::vector<float> row = NormalRow(20, random);
  const std::vector<double> projected = signs.Project(std::span<const float>(row));
  for (std::size_t k = 0; k < 16; ++k) {
    double sum = 0;
    for (std::size_t i = 0; i < 20; ++i) sum += columns[i][k] * row[i];
    EXPECT_EQ(projected[k], sum);
  }
}

TEST(SignProjection, OtherSeedsLengthsAndNumbersGiveOtherSigns) {
  const std::vector<double> ones(200, 1);
  const auto of = [&](std::uint64_t seed, std::uint64_t which, std::size_t length) {
    return SignProjection(seed, which, length, 8).Project(std::span(ones).first(length));
  };
  EXPECT_EQ(of(1, 0, 200), of(1, 0, 200));
  EXPECT_NE(of(1, 0, 200), of(2, 0, 200));
  EXPECT_NE(of(1, 0, 200), of(1, 1, 200));
  EXPECT_NE(of(1, 0, 200), of(1, 0, 199));
}

// Errors of cosines have the deviation (1 - cos^2) / sqrt(dimensions), about.
TEST(SignProjection, CosinesSurviveUpToTheErrorThatIsPromised) {
  constexpr std::size_t kLength = 512, kRepeats = 400;
  std::mt19937_64 random(2);
  for (const double cosine : {0.0, 0.5, 0.95}) {
    double mean = 0, squares = 0;
    for (std::size_t repeat = 0; repeat < kRepeats; ++repeat) {
      const std::vector<float> a = NormalRow(kLength, random), noise = NormalRow(kLength, random);
      std::vector<float> b(kLength);
      for (std::size_t i = 0; i < kLength; ++i) {
        b[i] = static_cast<float>(cosine * a[i] + std::sqrt(1 - cosine * cosine) * noise[i]);
      }
      const SignProjection signs(repeat, 0, kLength, 64);
      const double error = CosineOf(signs.Project(std::span<const float>(a)),
                                    signs.Project(std::span<const float>(b))) -
                           cosine;
      mean += error / kRepeats;
      squares += error * error / kRepeats;
    }
    const double promised = (1 - cosine * cosine) / std::sqrt(64.0);
    EXPECT_NEAR(mean, 0, 0.02) << cosine;
    EXPECT_GT(std::sqrt(squares), 0.8 * promised) << cosine;
    EXPECT_LT(std::sqrt(squares), 1.3 * promised + 1.0 / std::sqrt(kLength)) << cosine;
  }
}

TEST(RowCodes, AreTheRowOverItsLargestValue) {
  RowCodes codes;
  AppendCodes(std::vector<double>{1, -2, 0.5, 0}, codes);
  AppendCodes(std::vector<double>{0, 0, 0, 0}, codes);
  AppendCodes(std::vector<double>{1e-300, -1e-300, 0, 0}, codes);
  EXPECT_EQ(codes, (RowCodes{64, -127, 32, 0, 0, 0, 0, 0, 127, -127, 0, 0}));
  const UnitRows rows = RowsOfCodes(codes, 4);
  EXPECT_EQ(rows.units, 3U);
  EXPECT_EQ(rows.alive, (std::vector<bool>{true, false, true}));
  EXPECT_NEAR(rows.rows[8], std::sqrt(0.5), 1e-6);
}

TEST(RowCodes, ChangeCosinesByLittle) {
  std::mt19937_64 random(4);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const std::vector<float> a = NormalRow(64, random), noise = NormalRow(64, random);
    std::vector<double> first(a.begin(), a.end()), second(64);
    for (std::size_t i = 0; i < 64; ++i) second[i] = a[i] + noise[i];
    RowCodes codes;
    AppendCodes(first, codes);
    AppendCodes(second, codes);
    const UnitRows rows = RowsOfCodes(codes, 64);
    const double coded =
        std::inner_product(rows.rows.begin(), rows.rows.begin() + 64, rows.rows.begin() + 64, 0.0);
    EXPECT_NEAR(coded, CosineOf(first, second), 3e-3);
  }
}

}  // namespace projection_test
}  // namespace modelkin
