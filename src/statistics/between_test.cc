#include "statistics/between_test.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "statistics/binomial_tail.h"

namespace modelkin {
namespace {

constexpr double kBoxShare = 1.0 / 16;  // of the limit, for the confidence set of both cosines
constexpr int kHalvings = 40;
constexpr double kPlainDeviations = 3;  // less than that many is not looked at any closer

// Of projections that differ from A's, the share that differs from B's too, where the partial
// correlation is 0. Differing has probabilities of `a`, in (0, 1/2], and `b`.
double ShareDifferingFromBoth(double a, double b) {
  const double cosine = std::cos(std::numbers::pi * a) * std::cos(std::numbers::pi * b);
  const double a_b = std::acos(std::clamp(cosine, -1.0, 1.0)) / std::numbers::pi;
  return std::clamp((a + b - a_b) / (2 * a), 0.0, 1.0);
}

// log P(X <= k).
double LogLowerTail(std::uint64_t n, double p, std::uint64_t k) {
  return k >= n ? 0 : LogBinomialTail(n, 1 - p, n - k);
}

// Clopper and Pearson's bounds of a probability, each wrong with one of exp(log_error).
double LowestProbability(std::uint64_t n, std::uint64_t k, double log_error) {
  double low = 0, high = static_cast<double>(k) / static_cast<double>(n);
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (LogBinomialTail(n, middle, k) < log_error ? low : high) = middle;
  }
  return low;
}

double HighestProbability(std::uint64_t n, std::uint64_t k, double log_error) {
  double low = static_cast<double>(k) / static_cast<double>(n), high = 1;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (LogLowerTail(n, middle, k) < log_error ? high : low) = middle;
  }
  return high;
}

// The lower tail of `both` among those that differ from A. The share grows with b / a, so that the
// confidence set's worst is a's highest and b's lowest.
double LogTailGivenA(std::uint64_t bits, std::uint64_t a, std::uint64_t b, std::uint64_t both,
                     double log_box) {
  const double highest = std::min(0.5, HighestProbability(bits, a, log_box));
  const double lowest = std::min(0.5, LowestProbability(bits, b, log_box));
  return LogLowerTail(a, ShareDifferingFromBoth(highest, lowest), both);
}

double CosineOf(std::uint64_t differing, std::uint64_t bits) {
  return std::cos(std::numbers::pi * static_cast<double>(differing) / static_cast<double>(bits));
}

}  // namespace

std::optional<double> LogBetween(const SignDifferences& differences, double log_limit) {
  const auto [bits, a, b, a_b] = differences;
  // Vectors with a cosine below 0 are no relatives.
  if (bits == 0 || a == 0 || b == 0 || 2 * a > bits || 2 * b > bits) return std::nullopt;
  if (a_b > a + b || (a + b - a_b) % 2 != 0) return std::nullopt;
  const std::uint64_t both = (a + b - a_b) / 2;
  if (both > std::min(a, b)) return std::nullopt;
  const auto n = static_cast<double>(bits);
  const double share =
      ShareDifferingFromBoth(static_cast<double>(a) / n, static_cast<double>(b) / n);
  const double expected = share * static_cast<double>(a);
  if (static_cast<double>(both) > expected - kPlainDeviations * std::sqrt(expected * (1 - share))) {
    return std::nullopt;
  }
  // Four bounds, and the smaller of two tails.
  const double log_box = log_limit + std::log(kBoxShare / 4);
  const double log_tail =
      std::min(LogTailGivenA(bits, a, b, both, log_box), LogTailGivenA(bits, b, a, both, log_box)) +
      std::log(2.0);
  const double log_p = std::log(std::exp(log_tail - log_limit) + kBoxShare) + log_limit;
  if (log_p > log_limit) return std::nullopt;
  return log_p;
}

double ShareBetween(const SignDifferences& differences) {
  const auto [bits, a, b, a_b] = differences;
  if (bits == 0 || a_b == 0) return 0;
  const double cosine_a = CosineOf(a, bits), cosine_b = CosineOf(b, bits);
  const double cosine = CosineOf(a_b, bits);
  const double nearer = std::max(cosine_a, cosine_b);
  const double unexplained_by_nearer = 1 - nearer * nearer;
  if (!(unexplained_by_nearer > 0)) return 0;
  const double explained =
      (cosine_a * cosine_a + cosine_b * cosine_b - 2 * cosine_a * cosine_b * cosine) /
      (1 - cosine * cosine);
  return std::max(0.0, 1 - (1 - explained) / unexplained_by_nearer);
}

}  // namespace modelkin
