#include "statistics/log_tail.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace modelkin {
namespace {

constexpr int kMostTerms = 100'000;
constexpr double kTiny = 1e-300;

// Continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method as Thompson
// & Barnett (1986) changed it.
double BetaFraction(double a, double b, double x) {
  double c = 1;
  double d = 1 / (1 - (a + b) * x / (a + 1));
  double result = d;
  for (int m = 1; m < kMostTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double change = 1;
    for (const double term : {even, odd}) {
      d = 1 + term * d;
      c = 1 + term / c;
      if (std::abs(d) < kTiny) d = kTiny;
      if (std::abs(c) < kTiny) c = kTiny;
      d = 1 / d;
      change = c * d;
      result *= change;
    }
    if (std::abs(change - 1) < 1e-15) break;
  }
  return result;
}

// log I_x(a, b) where x is small enough for the fraction to converge fast.
double LogBetaLowerTail(double a, double b, double x, double log_x, double log_1_minus_x) {
  return a * log_x + b * log_1_minus_x + std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) -
         std::log(a) + std::log(BetaFraction(a, b, x));
}

}  // namespace

double LogFactorial(std::uint64_t n) { return std::lgamma(static_cast<double>(n) + 1); }

double LogNormalTail(double z) {
  if (z < 0) return std::log1p(-0.5 * std::erfc(-z / std::numbers::sqrt2));
  if (z < 10) return std::log(0.5 * std::erfc(z / std::numbers::sqrt2));
  // Mills' ratio as Laplace's continued fraction, 1 / (z + 1 / (z + 2 / (z + ...))).
  double fraction = z;
  for (int k = 60; k >= 1; --k) fraction = z + k / fraction;
  return -0.5 * z * z - 0.5 * std::log(2 * std::numbers::pi) - std::log(fraction);
}

double LogStudentTail(double t, double degrees) {
  if (t < 0) return std::log1p(-std::exp(LogStudentTail(-t, degrees)));
  if (t == 0) return -std::numbers::ln2;
  if (std::isinf(t)) return -std::numeric_limits<double>::infinity();
  // P = I_x(degrees / 2, 1 / 2) / 2 with x = degrees / (degrees + t^2).
  const double ratio = t * t / degrees;
  const double log_x = -std::log1p(ratio);
  const double log_1_minus_x = std::log(ratio) + log_x;
  const double a = degrees / 2, x = std::exp(log_x), y = std::exp(log_1_minus_x);
  if (x < (a + 1) / (a + 2.5)) {
    return LogBetaLowerTail(a, 0.5, x, log_x, log_1_minus_x) - std::numbers::ln2;
  }
  const double rest = LogBetaLowerTail(0.5, a, y, log_1_minus_x, log_x);
  return std::log1p(-std::exp(rest)) - std::numbers::ln2;
}

double LogChiSquaredTail(double x, std::uint64_t half_degrees) {
  if (!(x > 0)) return 0;
  // sum over k < half_degrees of exp(-x/2) (x/2)^k / k!, around its largest term.
  const double half = x / 2;
  const double largest = std::min(half, static_cast<double>(half_degrees - 1));
  const auto peak = static_cast<std::uint64_t>(largest);
  double sum = 1, term = 1;
  for (std::uint64_t k = peak; k > 0 && term > 1e-18; --k) {
    term *= static_cast<double>(k) / half;
    sum += term;
  }
  term = 1;
  for (std::uint64_t k = peak + 1; k < half_degrees && term > 1e-18; ++k) {
    term *= half / static_cast<double>(k);
    sum += term;
  }
  const double log_peak = -half + static_cast<double>(peak) * std::log(half) - LogFactorial(peak);
  return std::min(0.0, log_peak + std::log(sum));
}

}  // namespace modelkin
