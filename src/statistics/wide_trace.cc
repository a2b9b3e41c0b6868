#include "statistics/wide_trace.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/parallel.h"
#include "statistics/golden_section.h"
#include "statistics/grouped_permutation.h"
#include "statistics/importance_sampling.h"
#include "statistics/log_tail.h"

namespace modelkin {
namespace {

constexpr std::size_t kRowsOfBlock = 128;
// Independent sums of a row: what a processor adds up at once.
constexpr std::size_t kLanes = 8;
// Rows that a tilt is chosen by.
constexpr std::size_t kRowsLookedAt = 256;
// Of grouped draws: operations of all, and how many at least and at most.
constexpr std::uint64_t kGroupedOperations = std::uint64_t{1} << 26;
constexpr std::uint64_t kFewestGrouped = 512, kMostGrouped = 1024;

// Calls use(block, first row, row behind the last).
template <class Use>
void ForBlocks(std::size_t units, unsigned threads, const Use& use) {
  ParallelFor(threads, (units + kRowsOfBlock - 1) / kRowsOfBlock, [&](std::size_t block, unsigned) {
    use(block, block * kRowsOfBlock, std::min(units, (block + 1) * kRowsOfBlock));
  });
}

// Returns the sum of of(j) over j < count, in a fixed order.
template <class Of>
double LaneSum(std::size_t count, const Of& of) {
  double lanes[kLanes] = {};
  std::size_t j = 0;
  for (; j + kLanes <= count; j += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += of(j + lane);
  }
  for (; j < count; ++j) lanes[j % kLanes] += of(j);
  return std::accumulate(lanes, lanes + kLanes, 0.0);
}

// Sums of rows, of columns and of all squares.
struct WideSums {
  std::vector<double> rows, columns;
  double squares = 0;
};

WideSums SumsOf(const float* k, std::size_t units, unsigned threads) {
  const std::size_t blocks = (units + kRowsOfBlock - 1) / kRowsOfBlock;
  WideSums sums{.rows = std::vector<double>(units), .columns = std::vector<double>(units, 0)};
  std::vector<std::vector<double>> columns(blocks);
  std::vector<double> squares(blocks, 0);
  ForBlocks(units, threads, [&](std::size_t block, std::size_t begin, std::size_t end) {
    columns[block].assign(units, 0);
    double* const of_block = columns[block].data();
    for (std::size_t i = begin; i < end; ++i) {
      const float* const row = k + i * units;
      for (std::size_t j = 0; j < units; ++j) of_block[j] += row[j];
      sums.rows[i] = LaneSum(units, [&](std::size_t j) -> double { return row[j]; });
      squares[block] +=
          LaneSum(units, [&](std::size_t j) { return static_cast<double>(row[j]) * row[j]; });
    }
  });
  for (const std::vector<double>& of_block : columns) {
    for (std::size_t j = 0; j < units; ++j) sums.columns[j] += of_block[j];
  }
  sums.squares = std::accumulate(squares.begin(), squares.end(), 0.0);
  return sums;
}

// |HKH|^2.
double CentredSquares(const float* k, std::size_t units, const WideSums& sums, double all,
                      unsigned threads) {
  const double n = static_cast<double>(units);
  std::vector<double> means(units), squares(units);
  for (std::size_t j = 0; j < units; ++j) means[j] = sums.columns[j] / n;
  ForBlocks(units, threads, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const float* const row = k + i * units;
      const double own = sums.rows[i] / n - all / n / n;
      squares[i] = LaneSum(units, [&](std::size_t j) {
        const double value = row[j] - own - means[j];
        return value * value;
      });
    }
  });
  return std::accumulate(squares.begin(), squares.end(), 0.0);
}

// log of the mean over j of exp(s (row[j] - shift(j))).
template <class Shift>
double LogMeanOfRow(const float* row, std::size_t units, double s, const Shift& shift) {
  double largest = row[0] - shift(0);
  for (std::size_t j = 1; j < units; ++j) largest = std::max(largest, row[j] - shift(j));
  const double sum =
      LaneSum(units, [&](std::size_t j) { return std::exp(s * (row[j] - shift(j) - largest)); });
  return s * largest + std::log(sum / static_cast<double>(units));
}

// The sum of that over all rows, as it is over kRowsLookedAt of them.
template <class Shift>
double LogMeansLookedAt(const float* k, std::size_t units, double s, const Shift& shift) {
  const std::size_t rows = std::min(kRowsLookedAt, units);
  double sum = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    sum += LogMeanOfRow(k + i * units / rows * units, units, s, shift);
  }
  return sum * static_cast<double>(units) / static_cast<double>(rows);
}

// The tilt where Chernoff's bound seems least. It has one minimum.
double LikelyScale(const float* k, const TraceMoments& moments, unsigned threads) {
  const std::size_t units = moments.units;
  std::vector<double> means = SumsOf(k, units, threads).columns;
  for (double& mean : means) mean /= static_cast<double>(units);
  const double deviation = std::sqrt(moments.variance);
  const auto at = [&](int tilt) {
    const double s = Tilt(tilt) / deviation;
    return LogMeansLookedAt(k, units, s, [&](std::size_t j) { return means[j]; }) -
           s * (moments.trace - moments.mean);
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

}  // namespace

std::optional<TraceMoments> WideTraceMoments(const float* k, std::size_t units, unsigned threads) {
  if (units < 2) return std::nullopt;
  const double n = static_cast<double>(units);
  const WideSums sums = SumsOf(k, units, threads);
  const double all = std::accumulate(sums.rows.begin(), sums.rows.end(), 0.0);
  const double centred = CentredSquares(k, units, sums, all, threads);
  if (!std::isfinite(sums.squares) || !(centred > kTraceRounding * sums.squares)) {
    return std::nullopt;
  }
  TraceMoments moments{.units = units, .mean = all / n, .variance = centred / (n - 1)};
  for (std::size_t i = 0; i < units; ++i) moments.trace += k[i * (units + 1)];
  return moments;
}

double LogWideTraceBound(const float* k, const TraceMoments& moments, unsigned threads) {
  const std::size_t units = moments.units;
  if (moments.z() <= 0) return 0;
  const double scale = moments.z() / std::sqrt(moments.variance);
  const auto as_it_is = [](std::size_t) { return 0.0; };
  const auto looks = [&](double log_s) {
    const double s = scale * std::exp(log_s);
    return LogMeansLookedAt(k, units, s, as_it_is) - s * moments.trace;
  };
  const double s = scale * std::exp(GoldenSection(looks, std::log(0.05), std::log(20.0), 12).at);
  std::vector<double> rows(units);
  ForBlocks(units, threads, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      rows[i] = LogMeanOfRow(k + i * units, units, s, as_it_is) - s * k[i * (units + 1)];
    }
  });
  const double n = static_cast<double>(units);
  const double orders = n * std::log(n) - LogFactorial(units);
  return std::min(0.0, std::accumulate(rows.begin(), rows.end(), orders));
}

double LogWideImportanceTail(const float* k, const TraceMoments& moments,
                             const MonteCarloOptions& options) {
  const std::size_t units = moments.units;
  const GroupedPermutation grouped(k, units, LikelyScale(k, moments, options.threads));
  const auto weighted = [&](const std::vector<std::uint32_t>& columns, double log_ratio) {
    WeightedDraw drawn{.log_weight = -log_ratio};
    for (std::size_t i = 0; i < units; ++i) drawn.statistic += k[i * units + columns[i]];
    return drawn;
  };
  std::vector<std::uint32_t> own(units);
  std::iota(own.begin(), own.end(), 0U);
  MonteCarloOptions grouped_options = options;
  grouped_options.draws =
      std::clamp<std::uint64_t>(kGroupedOperations / (units * GroupedPermutation::kLargestGroup),
                                kFewestGrouped, kMostGrouped);
  return AfterChoiceOfTilt(LogImportanceTail(
      weighted(own, grouped.LogRatio(own)),
      [&](Random& random) {
        thread_local std::vector<std::uint32_t> columns;
        const double log_ratio = grouped.Draw(random, columns);
        return weighted(columns, log_ratio);
      },
      grouped_options));
}

}  // namespace modelkin
