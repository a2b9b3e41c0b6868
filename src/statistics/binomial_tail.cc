#include "statistics/binomial_tail.h"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace modelkin {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();
constexpr double kSmallestTerm = 1e-18;  // beside the largest

// log(n! / (sqrt(2 pi n) (n / e)^n)), n >= 1.
double StirlingError(double n) {
  if (n < 16) {
    return std::lgamma(n + 1) - (n + 0.5) * std::log(n) + n - 0.5 * std::log(2 * std::numbers::pi);
  }
  constexpr std::array<double, 6> kTerms = {1.0 / 12,    -1.0 / 360, 1.0 / 1260,
                                            -1.0 / 1680, 1.0 / 1188, -691.0 / 360360};
  double sum = 0;
  for (std::size_t i = kTerms.size(); i-- > 0;) sum = sum / (n * n) + kTerms[i];
  return sum / n;
}

// x log(x / mean) + mean - x, without the loss of digits where they are close. Both above 0.
double Deviance(double x, double mean) {
  const double difference = x - mean;
  if (std::abs(difference) >= 0.1 * (x + mean)) return x * std::log(x / mean) - difference;
  const double ratio = difference / (x + mean);
  double sum = difference * ratio, term = 2 * x * ratio;
  for (int i = 3; i < 100; i += 2) {
    term *= ratio * ratio;
    const double next = sum + term / i;
    if (next == sum) break;
    sum = next;
  }
  return sum;
}

// Sum of P(X = j) / P(X = k) over j from k away from the mean, up or down, k included.
double TermsBeside(std::uint64_t n, double p, std::uint64_t k, bool up) {
  const double odds = p / (1 - p);
  double sum = 1, term = 1;
  const std::uint64_t steps = up ? n - k : k;
  for (std::uint64_t i = 0; i < steps && term > kSmallestTerm * sum; ++i) {
    const auto above = static_cast<double>(up ? n - k - i : n - k + i + 1);
    const auto below = static_cast<double>(up ? k + i + 1 : k - i);
    term *= up ? above / below * odds : below / above / odds;
    sum += term;
  }
  return sum;
}

}  // namespace

double LogBinomialMass(std::uint64_t n, double p, std::uint64_t k) {
  if (!(p >= 0 && p <= 1)) return std::numeric_limits<double>::quiet_NaN();
  if (k > n) return kNever;
  if (p == 0) return k == 0 ? 0 : kNever;
  if (p == 1) return k == n ? 0 : kNever;
  const auto draws = static_cast<double>(n), hits = static_cast<double>(k);
  if (k == 0) return draws * std::log1p(-p);
  if (k == n) return draws * std::log(p);
  const double misses = draws - hits;
  return StirlingError(draws) - StirlingError(hits) - StirlingError(misses) -
         Deviance(hits, draws * p) - Deviance(misses, draws * (1 - p)) -
         0.5 * (std::log(2 * std::numbers::pi * hits) + std::log1p(-hits / draws));
}

double LogBinomialTail(std::uint64_t n, double p, std::uint64_t k) {
  if (!(p >= 0 && p <= 1)) return std::numeric_limits<double>::quiet_NaN();
  if (k == 0) return 0;
  if (k > n || p == 0) return kNever;
  if (p == 1) return 0;
  if (static_cast<double>(k) > static_cast<double>(n) * p) {
    return LogBinomialMass(n, p, k) + std::log(TermsBeside(n, p, k, true));
  }
  // Below the mean: one minus what is missing, which is at most about a half.
  const double rest = LogBinomialMass(n, p, k - 1) + std::log(TermsBeside(n, p, k - 1, false));
  return std::log1p(-std::exp(rest));
}

}  // namespace modelkin
