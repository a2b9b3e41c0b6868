// Upper tails of distributions as natural logs, so that 1e-300 is no floor.
#ifndef MODELKIN_STATISTICS_LOG_TAIL_H_
#define MODELKIN_STATISTICS_LOG_TAIL_H_

#include <cstdint>

namespace modelkin {

// log n!
double LogFactorial(std::uint64_t n);

// log P(Z >= z), Z standard normal. Relative error of the log under 1e-12; NaN for NaN.
double LogNormalTail(double z);

// log P(T >= t), T of Student's distribution with `degrees` > 0. Relative error of the log under
// 1e-9 for up to 1e6 degrees.
double LogStudentTail(double t, double degrees);

// log P(X >= x), X chi-squared with 2 * `half_degrees` degrees, half_degrees >= 1. Exact sum of a
// Poisson distribution; 0 for x <= 0.
double LogChiSquaredTail(double x, std::uint64_t half_degrees);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_LOG_TAIL_H_
