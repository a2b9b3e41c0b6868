// The trace test: whether units of A and of B that stand in the same place are more alike than
// units in random order (docs/lineage.md, "The trace statistic").
#ifndef MODELKIN_STATISTICS_TRACE_TEST_H_
#define MODELKIN_STATISTICS_TRACE_TEST_H_

#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>

#include "statistics/permutation_test.h"

namespace modelkin {

// Sums of squares of HKH below this share of K's are rounding.
inline constexpr double kTraceRounding = 1e-10;

// Of the sum of K[i][pi(i)] over all i: at pi = identity, and over uniformly random permutations pi
// (Hoeffding, "A combinatorial central limit theorem", 1951).
struct TraceMoments {
  std::size_t units = 0;
  double trace = 0;
  double mean = 0;      // sum(K) / units
  double variance = 0;  // |HKH|^2 / (units - 1), H the centring matrix
  double z() const { return (trace - mean) / std::sqrt(variance); }
};

// `k`: units x units, row-major. Nothing under 2 units, where a value is not finite, or where HKH
// is 0 up to rounding: every order then gives the same sum. Sums in double, in a fixed order.
std::optional<TraceMoments> TraceTestMoments(const float* k, std::size_t units);
std::optional<TraceMoments> TraceTestMoments(const double* k, std::size_t units);

enum class TraceTailMethod { kMonteCarlo, kBound, kImportance };

// "monte_carlo", "bound", "importance"
std::string_view TraceTailName(TraceTailMethod method);

struct TraceTail {
  double log_p = 0;  // natural log
  bool is_bound = false;
  TraceTailMethod method = TraceTailMethod::kMonteCarlo;
};

// A proven bound on the log of P(trace or more) over random permutations. Chernoff: P <= E[exp(s
// (sum - trace))] for s > 0, and that mean is a permanent over units!, which is at most the product
// of its row sums: P <= units^units / units! * product over i of mean over j of exp(s (K[i][j] -
// K[i][i])). Of any use where z^2 > 2 units; no assumption on K, which normal tails would need.
double LogTraceBound(const double* k, std::size_t units);
double LogTraceBound(const float* k, std::size_t units);

// What is done where no draw reaches the trace: p is "at most 1 / (1 + draws)", or importance
// sampling goes on (LogImportanceTail, permutations tilted by K). It takes units^2 operations a
// draw of doubles, and 32 * units of floats (wide_trace.h), which are not copied.
enum class BeyondDraws { kFloor, kImportance };

// The bound where it is below 1e-20, else Monte Carlo and what goes on from there. The smallest of
// the latter two is as valid as either: the second has a say only where no draw of the first
// reached the trace, and p is then at most 1 / (1 + draws) by the first. Requires moments.
TraceTail TraceTestTail(const float* k, const TraceMoments& moments,
                        const MonteCarloOptions& options, BeyondDraws beyond);
TraceTail TraceTestTail(const double* k, const TraceMoments& moments,
                        const MonteCarloOptions& options, BeyondDraws beyond);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_TRACE_TEST_H_
