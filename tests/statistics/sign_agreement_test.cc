#include "statistics/sign_agreement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "statistics/binomial_tail.h"

namespace modelkin {
namespace sign_agreement_test {

// By definition: the mean over the cosine's law of the binomial tail, which is summed from masses
// in long double. Steps of a tenth of the narrower of both laws' widths, over all cosines.
double TailByDefinition(std::uint64_t bits, std::uint64_t agreements, double variance) {
  const auto tail = [&](long double p) {
    long double sum = 0, mass = std::pow(1 - p, static_cast<long double>(bits));
    for (std::uint64_t k = 0; k <= bits; ++k) {
      if (k >= agreements) sum += mass;
      mass *= static_cast<long double>(bits - k) / static_cast<long double>(k + 1) * p / (1 - p);
    }
    return sum;
  };
  constexpr int kSteps = 4000;
  constexpr long double kPi = std::numbers::pi_v<long double>;
  const long double v = variance;
  long double sum = 0;
  for (int i = 1; i < kSteps; ++i) {  // trapezoids over the angle; 0 at both ends
    const long double angle = kPi * i / kSteps - kPi / 2;
    const long double cosine = std::sin(angle);
    sum += std::exp(-cosine * cosine / (2 * v)) * std::cos(angle) * tail(0.5L + angle / kPi);
  }
  sum *= kPi / kSteps / std::sqrt(2 * kPi * v);
  return static_cast<double>(std::log(sum + std::erfc(1 / std::sqrt(2 * v)) / 2));
}

TEST(SignAgreement, TailIsTheMeanOverCosines) {
  for (const std::uint64_t bits : {1U, 8U, 64U}) {
    for (const double variance : {1e-4, 1e-2}) {
      for (const std::uint64_t agreements : {bits / 2, bits / 2 + 1, bits * 3 / 4, bits}) {
        if (agreements == 0) continue;
        const double expected = TailByDefinition(bits, agreements, variance);
        EXPECT_NEAR(LogAgreementTail(bits, agreements, variance), expected,
                    1e-9 * std::abs(expected))
            << agreements << " of " << bits << ", variance " << variance;
      }
    }
  }
}

TEST(SignAgreement, TailIsThatOfFineQuadrature) {
  struct Case {
    std::uint64_t bits, agreements;
    double variance, tail;  // mpmath, 60 digits, by the same definition
  };
  constexpr Case kCases[] = {
      {64, 40, 0.01, -3.0573818874423033},     {64, 64, 0.01, -37.383908905984207},
      {64, 33, 0.25, -0.72927945344598139},    {256, 200, 0.001, -41.628343123777548},
      {256, 256, 1.0, -1.8407945889305989},    {64, 60, 1e-4, -30.870451540454043},
      {4096, 2300, 1e-4, -29.485494457308741}, {4096, 2600, 1e-4, -132.86710299079013},
  };
  for (const auto& [bits, agreements, variance, tail] : kCases) {
    EXPECT_NEAR(LogAgreementTail(bits, agreements, variance), tail, 1e-10 * std::abs(tail))
        << agreements << " of " << bits << ", variance " << variance;
  }
}

TEST(SignAgreement, WithoutVarianceIsTheBinomial) {
  for (const std::uint64_t agreements : {0U, 1U, 1900U, 2048U, 2300U, 4096U, 4097U}) {
    const double tail = LogBinomialTail(4096, 0.5, agreements);
    EXPECT_EQ(LogAgreementTail(4096, agreements, 0), tail);
    if (agreements > 4096) continue;
    // And goes over into it.
    for (const double variance : {1e-300, 1e-30, 1e-16}) {
      EXPECT_NEAR(LogAgreementTail(4096, agreements, variance), tail, 1e-7 * std::abs(tail))
          << agreements << ", variance " << variance;
    }
  }
}

TEST(SignAgreement, TailIsHalfInTheMiddleWhateverTheVariance) {
  for (const double variance : {1e-12, 1e-4, 1.0, 1e6}) {
    EXPECT_NEAR(LogAgreementTail(4095, 2048, variance), -std::numbers::ln2, 1e-12) << variance;
  }
}

TEST(SignAgreement, TailFallsWithAgreementsAndGrowsWithVariance) {
  double before = 0;
  for (std::uint64_t agreements = 1; agreements <= 4096; agreements += 45) {
    const double tail = LogAgreementTail(4096, agreements, 1e-3);
    ASSERT_LE(tail, before) << agreements;
    before = tail;
  }
  before = -INFINITY;
  for (double variance = 1e-12; variance < 10; variance *= 10) {
    const double tail = LogAgreementTail(4096, 2400, variance);
    ASSERT_GE(tail, before) << variance;
    before = tail;
  }
}

TEST(SignAgreement, BadVarianceIsNaN) {
  EXPECT_TRUE(std::isnan(LogAgreementTail(64, 40, -1e-9)));
  EXPECT_TRUE(std::isnan(LogAgreementTail(64, 40, std::nan(""))));
  EXPECT_EQ(LogAgreementTail(64, 65, 0.1), -INFINITY);
  EXPECT_EQ(LogAgreementTail(64, 0, 0.1), 0);
}

TEST(SignAgreement, StrangersReachItAsOftenAsItSays) {
  std::mt19937_64 random(7);
  constexpr double kVariance = 1e-3;
  std::normal_distribution<double> cosine(0, std::sqrt(kVariance));
  constexpr int kPairs = 20000;
  constexpr std::uint64_t kBits = 4096, kAgreements = 2110;
  int reached = 0;
  for (int i = 0; i < kPairs; ++i) {
    std::binomial_distribution<std::uint64_t> agreed(kBits, AgreementProbability(cosine(random)));
    reached += agreed(random) >= kAgreements;
  }
  const double p = std::exp(LogAgreementTail(kBits, kAgreements, kVariance));
  EXPECT_NEAR(reached, kPairs * p, 4 * std::sqrt(kPairs * p * (1 - p)));
  // The binomial alone would say far less.
  EXPECT_GT(reached, 4 * kPairs * std::exp(LogBinomialTail(kBits, 0.5, kAgreements)));
}

TEST(SignAgreement, LimitIsTheSmallestThatIsRareEnough) {
  for (const double variance : {0.0, 1e-4, 1e-2}) {
    for (const std::uint64_t comparisons : {std::uint64_t{1}, std::uint64_t{2'000'000}}) {
      const std::uint64_t limit = AgreementLimit(4096, variance, 1e-3, comparisons);
      const double most = std::log(1e-3 / static_cast<double>(comparisons));
      EXPECT_LE(LogAgreementTail(4096, limit, variance), most);
      EXPECT_GT(LogAgreementTail(4096, limit - 1, variance), most);
    }
  }
  EXPECT_EQ(AgreementLimit(4096, 0, 0, 10), 4097);  // nothing is that rare
  EXPECT_EQ(AgreementLimit(8, 0, 1e-3, 1), 9);      // 2^-8 is not rare enough
  EXPECT_EQ(AgreementLimit(4096, 0, 1, 0), 0);
}

TEST(SignAgreement, DetectableCosineIsFoundThatOften) {
  const std::uint64_t limit = AgreementLimit(4096, 1e-4, 1e-3, 2'000'000);
  const double cosine = DetectableCosine(4096, limit).value();
  EXPECT_NEAR(LogBinomialTail(4096, AgreementProbability(cosine), limit), std::log(0.95), 1e-9);
  EXPECT_EQ(DetectableCosine(4096, 4097), std::nullopt);
  // All bits have to agree: 1 - arccos(c) / pi = 0.95^(1 / bits).
  EXPECT_NEAR(DetectableCosine(16, 16).value(),
              std::cos(std::numbers::pi * (1 - std::pow(0.95, 1.0 / 16))), 1e-12);
}

TEST(SignAgreement, SignsOfVectorsAgreeAsTheCosineSays) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  constexpr int kBits = 20000;
  for (const double cosine : {-0.9, 0.0, 0.3, 0.95}) {
    std::uint64_t agreed = 0;
    for (int i = 0; i < kBits; ++i) {
      const double x = normal(random), y = normal(random);
      agreed += (x > 0) == (cosine * x + std::sqrt(1 - cosine * cosine) * y > 0);
    }
    const double p = AgreementProbability(cosine);
    EXPECT_NEAR(static_cast<double>(agreed), kBits * p, 4 * std::sqrt(kBits * p * (1 - p)))
        << cosine;
    const CosineEstimate estimate = EstimateCosine(kBits, agreed);
    EXPECT_LT(estimate.low - 0.03, cosine);
    EXPECT_GT(estimate.high + 0.03, cosine);
    EXPECT_NEAR(estimate.cosine, cosine, 0.04);
  }
}

TEST(SignAgreement, EstimateCoversTheCosine) {
  std::mt19937_64 random(4);
  std::binomial_distribution<std::uint64_t> agreed(4096, AgreementProbability(0.4));
  int covered = 0;
  for (int i = 0; i < 2000; ++i) {
    const CosineEstimate estimate = EstimateCosine(4096, agreed(random));
    covered += estimate.low <= 0.4 && 0.4 <= estimate.high;
  }
  EXPECT_NEAR(covered, 1900, 40);
}

TEST(SignAgreement, EstimatesAtTheEnds) {
  EXPECT_EQ(EstimateCosine(0, 0).low, -1);
  EXPECT_EQ(EstimateCosine(0, 0).high, 1);
  const CosineEstimate all = EstimateCosine(4096, 4096);
  EXPECT_EQ(all.cosine, 1);
  EXPECT_EQ(all.high, 1);
  EXPECT_LT(all.low, 1);
  EXPECT_EQ(EstimateCosine(4096, 0).cosine, -1);
  EXPECT_EQ(AgreementProbability(2), 1);
  EXPECT_EQ(AgreementProbability(-2), 0);
  EXPECT_EQ(CosineOfAgreement(0.5), 0);
}

}  // namespace sign_agreement_test
}  // namespace modelkin
