#include "statistics/trace_test.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "statistics/log_tail.h"

namespace modelkin {
namespace {

// Sums of squares of HKH below this share of K's are rounding.
constexpr double kTraceRounding = 1e-10;

template <class Value>
std::optional<TraceMoments> Moments(const Value* k, std::size_t units) {
  if (units < 2) return std::nullopt;
  const double n = static_cast<double>(units);
  std::vector<double> rows(units, 0), columns(units, 0);
  TraceMoments moments{.units = units};
  double all = 0, squares = 0;
  for (std::size_t i = 0; i < units; ++i) {
    for (std::size_t j = 0; j < units; ++j) {
      const double value = k[i * units + j];
      rows[i] += value;
      columns[j] += value;
      squares += value * value;
    }
    all += rows[i];
    moments.trace += k[i * units + i];
  }
  double centred = 0;
  for (std::size_t i = 0; i < units; ++i) {
    for (std::size_t j = 0; j < units; ++j) {
      const double value = k[i * units + j] - rows[i] / n - columns[j] / n + all / n / n;
      centred += value * value;
    }
  }
  if (!std::isfinite(squares) || !(centred > kTraceRounding * squares)) return std::nullopt;
  moments.mean = all / n;
  moments.variance = centred / (n - 1);
  return moments;
}

// log of the product over i of mean over j of exp(s (K[i][j] - K[i][i])).
template <class Value>
double LogGenerating(const Value* k, std::size_t units, double s) {
  double sum = 0;
  for (std::size_t i = 0; i < units; ++i) {
    const Value* const row = k + i * units;
    const double own = row[i];
    const double largest = *std::max_element(row, row + units);
    double exponentials = 0;
    for (std::size_t j = 0; j < units; ++j) exponentials += std::exp(s * (row[j] - largest));
    sum += s * (largest - own) + std::log(exponentials / static_cast<double>(units));
  }
  return sum;
}

template <class Value>
double Bound(const Value* k, std::size_t units) {
  const auto moments = Moments(k, units);
  if (!moments || moments->z() <= 0) return 0;
  const double n = static_cast<double>(units);
  const double orders = n * std::log(n) - LogFactorial(units);
  // Convex in s. For normal values the least is at z / (sd of the sum); heavy tails take a smaller
  // s, and strong signals a larger one.
  double low = std::log(0.05), high = std::log(20.0);
  const double scale = moments->z() / std::sqrt(moments->variance);
  const auto at = [&](double log_s) { return LogGenerating(k, units, scale * std::exp(log_s)); };
  constexpr double kGolden = 0.6180339887498949;
  double left = high - kGolden * (high - low), right = low + kGolden * (high - low);
  double at_left = at(left), at_right = at(right);
  for (int i = 0; i < 12; ++i) {
    if (at_left < at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - kGolden * (high - low);
      at_left = at(left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + kGolden * (high - low);
      at_right = at(right);
    }
  }
  return std::min(0.0, orders + std::min(at_left, at_right));
}

template <class Value>
TraceTail Tail(const Value* k, const TraceMoments& moments, const MonteCarloOptions& options) {
  const std::size_t units = moments.units;
  const double z = moments.z();
  if (z > 0 && z * z > 2 * static_cast<double>(units)) {
    const double bound = Bound(k, units);
    if (bound < -std::log1p(static_cast<double>(options.draws))) {
      return {.log_p = bound, .is_bound = true, .method = TraceTailMethod::kBound};
    }
  }
  const auto draw = [k, units](Random& random) {
    thread_local std::vector<std::uint32_t> order;
    order.resize(units);
    std::iota(order.begin(), order.end(), 0U);
    random.Shuffle(order);
    double sum = 0;
    for (std::size_t i = 0; i < units; ++i) sum += k[i * units + order[i]];
    return sum;
  };
  const MonteCarloResult result = MonteCarloTail(moments.trace, draw, options);
  return {.log_p = result.log_p, .is_bound = result.floor()};
}

}  // namespace

std::optional<TraceMoments> TraceTestMoments(const float* k, std::size_t units) {
  return Moments(k, units);
}
std::optional<TraceMoments> TraceTestMoments(const double* k, std::size_t units) {
  return Moments(k, units);
}

double LogTraceBound(const double* k, std::size_t units) { return Bound(k, units); }
double LogTraceBound(const float* k, std::size_t units) { return Bound(k, units); }

TraceTail TraceTestTail(const float* k, const TraceMoments& moments,
                        const MonteCarloOptions& options) {
  return Tail(k, moments, options);
}
TraceTail TraceTestTail(const double* k, const TraceMoments& moments,
                        const MonteCarloOptions& options) {
  return Tail(k, moments, options);
}

}  // namespace modelkin
