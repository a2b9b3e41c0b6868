#include "fingerprint/spectrum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "fingerprint/deviation_profile.h"
#include "fingerprint/unbiased_cka.h"

namespace modelkin::testing {
namespace spectrum_test {

TEST(FitPowerLaw, RecoversTheExponentOfATail) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (const double alpha : {2.0, 3.0, 4.5}) {
    std::vector<double> values;
    for (int i = 0; i < 4000; ++i) {
      values.push_back(std::pow(1 - uniform(random), -1 / (alpha - 1)));  // from 1 on
      values.push_back(0.2 + 0.5 * uniform(random));                      // a bulk below
    }
    const auto law = FitPowerLaw(values);
    ASSERT_TRUE(law);
    EXPECT_NEAR(law->alpha, alpha, 0.15 * alpha);
    EXPECT_GT(law->x_min, 0.9);  // any part of the tail is one; the bulk is not
    EXPECT_LT(law->distance, 0.05);
  }
}

TEST(FitPowerLaw, Edges) {
  EXPECT_FALSE(FitPowerLaw({}));
  EXPECT_FALSE(FitPowerLaw({1, 2, 3}));
  EXPECT_FALSE(FitPowerLaw(std::vector<double>(20, 5.0)));
  EXPECT_FALSE(FitPowerLaw(std::vector<double>(20, 0.0)));
  EXPECT_FALSE(FitPowerLaw(std::vector<double>(20, std::nan(""))));
}

TEST(DescribeSpectrum, OfKnownValues) {
  const auto equal = DescribeSpectrum({2, 2, 2, 2}, 4, 9);
  ASSERT_TRUE(equal);
  EXPECT_NEAR(equal->stable_rank, 4, 1e-12);
  EXPECT_NEAR(equal->effective_rank, 4, 1e-12);
  // Entries' deviation is sqrt(16 / 36), the edge (2 + 3) times that.
  EXPECT_NEAR(equal->largest_over_edge, 2 / (5 * std::sqrt(16.0 / 36)), 1e-12);
  EXPECT_EQ(equal->above_edge, 0U);
  const auto one = DescribeSpectrum({5, 0, 0}, 3, 3);
  ASSERT_TRUE(one);
  EXPECT_NEAR(one->stable_rank, 1, 1e-12);
  EXPECT_NEAR(one->effective_rank, 1, 1e-12);
  EXPECT_FALSE(one->power_law);
  EXPECT_FALSE(DescribeSpectrum({0, 0}, 2, 2));
  EXPECT_FALSE(DescribeSpectrum({}, 0, 0));
}

std::vector<float> Numbers(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

TEST(UnbiasedCka, IsOneForTheSameAndAboutZeroForStrangers) {
  const auto a = Numbers(60 * 20, 1);
  EXPECT_NEAR(*UnbiasedCka(a, a, 60, 2), 1, 1e-6);
  auto scaled = a;
  for (float& value : scaled) value *= -3;
  EXPECT_NEAR(*UnbiasedCka(a, scaled, 60, 2), 1, 1e-6);
  double sum = 0;
  for (std::uint64_t seed = 2; seed < 42; ++seed)
    sum += *UnbiasedCka(a, Numbers(60 * 20, seed), 60, 1);
  EXPECT_NEAR(sum / 40, 0, 0.02);  // without bias: plain CKA is 0.25 here
}

TEST(UnbiasedCka, Edges) {
  const auto a = Numbers(60, 1);
  EXPECT_FALSE(UnbiasedCka(a, a, 3, 1));
  EXPECT_FALSE(UnbiasedCka({}, {}, 4, 1));
  EXPECT_FALSE(UnbiasedCka(std::vector<float>(60, 1.0F), a, 20, 1));
  auto nan = a;
  nan[7] = std::nanf("");
  EXPECT_FALSE(UnbiasedCka(a, nan, 20, 1));
}

TEST(Interpolate, BringsToAnotherLength) {
  EXPECT_EQ(Interpolate({1, 3, 2}, 3), (std::vector<double>{1, 3, 2}));
  EXPECT_EQ(Interpolate({1, 3, 2}, 5), (std::vector<double>{1, 2, 3, 2.5, 2}));
  EXPECT_EQ(Interpolate({1, 2, 3, 4, 5}, 3), (std::vector<double>{1, 3, 5}));
}

}  // namespace spectrum_test
}  // namespace modelkin::testing
