#include "statistics/trace_test.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "statistics/golden_section.h"
#include "statistics/importance_sampling.h"
#include "statistics/log_tail.h"
#include "statistics/tilted_permutation.h"
#include "statistics/wide_trace.h"

namespace modelkin {
namespace {

// A bound that needs no draws besides: 1e-20.
constexpr double kCertainLogP = -46.05170185988091;
// Of tilted draws: operations of all, and how many at least and at most.
constexpr std::uint64_t kTiltedOperations = std::uint64_t{1} << 33;
constexpr std::uint64_t kFewestTilted = 512, kMostTilted = 8192;

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
  const double low = std::log(0.05), high = std::log(20.0);
  const double scale = moments->z() / std::sqrt(moments->variance);
  const auto at = [&](double log_s) { return LogGenerating(k, units, scale * std::exp(log_s)); };
  return std::min(0.0, orders + GoldenSection(at, low, high, 12).value);
}

// HKH.
std::vector<double> Centred(const double* k, std::size_t units) {
  std::vector<double> centred(k, k + units * units), columns(units, 0);
  const double n = static_cast<double>(units);
  for (std::size_t i = 0; i < units; ++i) {
    double* const row = centred.data() + i * units;
    const double mean = std::accumulate(row, row + units, 0.0) / n;
    for (std::size_t j = 0; j < units; ++j) columns[j] += (row[j] -= mean) / n;
  }
  for (std::size_t i = 0; i < units * units; ++i) centred[i] -= columns[i % units];
  return centred;
}

// The tilt whose draws come nearest to the trace: where Chernoff's bound is least. It has one
// minimum.
double BestScale(const std::vector<double>& centred, const TraceMoments& moments) {
  const double deviation = std::sqrt(moments.variance);
  const auto at = [&](int tilt) {
    return LogGenerating(centred.data(), moments.units, Tilt(tilt) / deviation);
  };
  int best = 0;
  while (best + 1 < kTilts && Tilt(best + 1) <= moments.z()) ++best;
  double least = at(best);
  for (const int step : {-1, 1}) {
    while (best + step >= 0 && best + step < kTilts) {
      const double next = at(best + step);
      if (next >= least) break;
      best += step;
      least = next;
    }
  }
  return Tilt(best) / deviation;
}

// log p by permutations that prefer large entries.
double TiltedTail(const double* k, const TraceMoments& moments, const MonteCarloOptions& options) {
  const std::size_t units = moments.units;
  const std::vector<double> centred = Centred(k, units);
  const double scale = BestScale(centred, moments);
  const TiltedPermutation tilted(centred, units, scale);
  const double log_null = -LogFactorial(units);
  const auto weighted = [&](const std::vector<std::uint32_t>& columns, double log_probability) {
    WeightedDraw drawn{.log_weight = log_null - log_probability};
    for (std::size_t i = 0; i < units; ++i) drawn.statistic += centred[i * units + columns[i]];
    return drawn;
  };
  std::vector<std::uint32_t> own(units);
  std::iota(own.begin(), own.end(), 0U);
  MonteCarloOptions tilted_options = options;
  tilted_options.draws =
      std::clamp<std::uint64_t>(kTiltedOperations / (units * units), kFewestTilted, kMostTilted);
  return AfterChoiceOfTilt(LogImportanceTail(
      weighted(own, tilted.LogProbability(own)),
      [&](Random& random) {
        thread_local std::vector<std::uint32_t> columns;
        const double log_probability = tilted.Draw(random, columns);
        return weighted(columns, log_probability);
      },
      tilted_options));
}

// `log_bound` and `log_tilted` are asked for if they are needed.
template <class Value, class LogBound, class LogTilted>
TraceTail Tail(const Value* k, const TraceMoments& moments, const MonteCarloOptions& options,
               BeyondDraws beyond, const LogBound& log_bound, const LogTilted& log_tilted) {
  const std::size_t units = moments.units;
  const double z = moments.z();
  if (z > 0 && z * z > 2 * static_cast<double>(units)) {
    const double bound = log_bound();
    if (bound < kCertainLogP) {
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
  if (!result.floor() || beyond == BeyondDraws::kFloor) {
    return {.log_p = result.log_p, .is_bound = result.floor()};
  }
  return {.log_p = std::min(result.log_p, log_tilted()), .method = TraceTailMethod::kImportance};
}

}  // namespace

std::string_view TraceTailName(TraceTailMethod method) {
  constexpr std::array<std::string_view, 3> kNames = {"monte_carlo", "bound", "importance"};
  return kNames[static_cast<std::size_t>(method)];
}

std::optional<TraceMoments> TraceTestMoments(const float* k, std::size_t units) {
  return Moments(k, units);
}
std::optional<TraceMoments> TraceTestMoments(const double* k, std::size_t units) {
  return Moments(k, units);
}

double LogTraceBound(const double* k, std::size_t units) { return Bound(k, units); }
double LogTraceBound(const float* k, std::size_t units) { return Bound(k, units); }

TraceTail TraceTestTail(const float* k, const TraceMoments& moments,
                        const MonteCarloOptions& options, BeyondDraws beyond) {
  return Tail(
      k, moments, options, beyond,
      [&] {
        return beyond == BeyondDraws::kFloor ? Bound(k, moments.units)
                                             : LogWideTraceBound(k, moments, options.threads);
      },
      [&] { return LogWideImportanceTail(k, moments, options); });
}
TraceTail TraceTestTail(const double* k, const TraceMoments& moments,
                        const MonteCarloOptions& options, BeyondDraws beyond) {
  return Tail(
      k, moments, options, beyond, [&] { return Bound(k, moments.units); },
      [&] { return TiltedTail(k, moments, options); });
}

}  // namespace modelkin
