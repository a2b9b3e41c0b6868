// The trace test of a matrix so wide that it is read few times, and never copied.
#ifndef MODELKIN_STATISTICS_WIDE_TRACE_H_
#define MODELKIN_STATISTICS_WIDE_TRACE_H_

#include <cstddef>
#include <optional>

#include "statistics/trace_test.h"

namespace modelkin {

// As TraceTestMoments, with rows in blocks of a fixed size: the same bits for any number of
// threads.
std::optional<TraceMoments> WideTraceMoments(const float* k, std::size_t units, unsigned threads);

// As LogTraceBound, with the s that is best for 256 of the rows. Chernoff's bound holds for each s
// by itself and what is returned is no less than the least over all s, which is a bound that
// depends on the trace alone: so it holds for an s that was chosen after looking.
double LogWideTraceBound(const float* k, const TraceMoments& moments, unsigned threads);

// log p by LogImportanceTail: permutations tilted by GroupedPermutation, by the tilt that seems
// best for 256 of the rows, and log p for the choice of it.
double LogWideImportanceTail(const float* k, const TraceMoments& moments,
                             const MonteCarloOptions& options);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_WIDE_TRACE_H_
