#include "statistics/sign_agreement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "statistics/binomial_tail.h"
#include "statistics/log_tail.h"
#include "statistics/wilson_interval.h"

namespace modelkin {
namespace {

// Positive nodes of the Gauss-Legendre rule of 16 on [-1, 1], and their weights (DLMF 3.5(v)).
constexpr std::array<std::array<double, 2>, 8> kRule = {{
    {0.0950125098376374402, 0.189450610455068496},
    {0.281603550779258913, 0.182603415044923589},
    {0.458016777657227386, 0.169156519395002538},
    {0.617876244402643748, 0.149595988816576732},
    {0.755404408355003034, 0.124628971255533872},
    {0.865631202387831744, 0.0951585116824927848},
    {0.944575023073232576, 0.0622535239386478929},
    {0.989400934991649933, 0.0271524594117540949},
}};
constexpr double kNegligible = 45;    // below the largest, in logs
constexpr double kMostVariation = 6;  // of the log within a piece that the rule takes at once
constexpr int kMostHalvings = 50;

// The density of the smallest probability of agreement that gives enough agreements, a beta's,
// times the probability that the pair's is larger.
class TailIntegrand {
 public:
  TailIntegrand(std::uint64_t bits, std::uint64_t agreements, double variance)
      : bits_(bits), agreements_(agreements), deviation_(std::sqrt(variance)) {}

  double Log(double p) const {
    return std::log(static_cast<double>(bits_)) + LogBinomialMass(bits_ - 1, p, agreements_ - 1) +
           LogNormalTail(CosineOfAgreement(p) / deviation_);
  }

  // Ends of pieces, ascending, in [0, 1]: closer to one another towards both places where one of
  // the factors turns.
  std::vector<double> Ends() const {
    const auto n = static_cast<double>(bits_), mode = static_cast<double>(agreements_) / (n + 1);
    std::vector<double> ends = {0, 0.5, mode, 1};
    const auto add_around = [&](double middle, double step) {
      while (step < 1) {
        ends.push_back(std::clamp(middle - step, 0.0, 1.0));
        ends.push_back(std::clamp(middle + step, 0.0, 1.0));
        step *= 2;
      }
    };
    add_around(0.5, std::max(deviation_ / std::numbers::pi, 1e-12));
    add_around(mode, std::sqrt(mode * (1 - mode) / n));
    std::ranges::sort(ends);
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    return ends;
  }

 private:
  std::uint64_t bits_, agreements_;
  double deviation_;
};

// The integral over [0, 1], as a log: halves pieces until the rule is exact enough on each.
class LogIntegral {
 public:
  explicit LogIntegral(const TailIntegrand& integrand) : integrand_(integrand) {
    const std::vector<double> ends = integrand.Ends();
    for (const double end : ends) {
      if (end > 0 && end < 1) largest_ = std::max(largest_, integrand.Log(end));
    }
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) Add(ends[i], ends[i + 1], kMostHalvings);
  }
  double value() const { return largest_ + std::log(sum_); }

 private:
  void Add(double low, double high, int halvings) {
    const double middle = (low + high) / 2, half = (high - low) / 2;
    std::array<double, 2 * kRule.size()> logs;
    for (std::size_t i = 0; i < kRule.size(); ++i) {
      logs[2 * i] = integrand_.Log(middle - half * kRule[i][0]);
      logs[2 * i + 1] = integrand_.Log(middle + half * kRule[i][0]);
    }
    const auto [least, most] = std::ranges::minmax(logs);
    if (most < largest_ - kNegligible) return;
    if (most - least > kMostVariation && halvings > 0) {
      Add(low, middle, halvings - 1);
      Add(middle, high, halvings - 1);
      return;
    }
    for (std::size_t i = 0; i < logs.size(); ++i) {
      sum_ += half * kRule[i / 2][1] * std::exp(logs[i] - largest_);
    }
  }

  const TailIntegrand& integrand_;
  double largest_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0;
};

}  // namespace

double AgreementProbability(double cosine) {
  return 0.5 + std::asin(std::clamp(cosine, -1.0, 1.0)) / std::numbers::pi;
}

double CosineOfAgreement(double probability) {
  return std::sin(std::numbers::pi * (std::clamp(probability, 0.0, 1.0) - 0.5));
}

double LogAgreementTail(std::uint64_t bits, std::uint64_t agreements, double variance) {
  if (!(variance >= 0)) return std::numeric_limits<double>::quiet_NaN();
  if (agreements == 0) return 0;
  if (agreements > bits) return -std::numeric_limits<double>::infinity();
  if (variance == 0) return LogBinomialTail(bits, 0.5, agreements);
  // Agreements and their opposite have the same law.
  const std::uint64_t opposite = bits - agreements + 1;
  if (agreements < opposite) {
    return std::log1p(-std::exp(LogAgreementTail(bits, opposite, variance)));
  }
  const TailIntegrand integrand(bits, agreements, variance);
  return std::min(0.0, LogIntegral(integrand).value());
}

std::uint64_t AgreementLimit(std::uint64_t bits, double variance, double family_error,
                             std::uint64_t comparisons) {
  const double most = std::log(family_error) -
                      std::log(static_cast<double>(std::max<std::uint64_t>(comparisons, 1)));
  std::uint64_t low = 0, high = bits + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (LogAgreementTail(bits, middle, variance) <= most) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

std::optional<double> DetectableCosine(std::uint64_t bits, std::uint64_t limit, double power) {
  if (limit > bits) return std::nullopt;
  double low = 0, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (LogBinomialTail(bits, middle, limit) < std::log(power) ? low : high) = middle;
  }
  return CosineOfAgreement(high);
}

CosineEstimate EstimateCosine(std::uint64_t bits, std::uint64_t agreements) {
  if (bits == 0) return {};
  const ShareInterval share =
      WilsonInterval(agreements, bits, std::numeric_limits<std::uint64_t>::max());
  return {.cosine = CosineOfAgreement(static_cast<double>(agreements) / static_cast<double>(bits)),
          .low = CosineOfAgreement(share.low),
          .high = CosineOfAgreement(share.high)};
}

}  // namespace modelkin
