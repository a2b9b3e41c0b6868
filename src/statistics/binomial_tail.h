// Binomial probabilities as natural logs, exact over their whole range.
#ifndef MODELKIN_STATISTICS_BINOMIAL_TAIL_H_
#define MODELKIN_STATISTICS_BINOMIAL_TAIL_H_

#include <cstdint>

namespace modelkin {

// log P(X = k), X the number of hits in n draws of probability p each: Loader, "Fast and accurate
// computation of binomial probabilities", 2000. -infinity where that can't happen; NaN unless p is
// in [0, 1].
double LogBinomialMass(std::uint64_t n, double p, std::uint64_t k);

// log P(X >= k). Relative error of the log under 1e-9 for n up to 2^40, on either side of the mean.
// Takes time in proportion to sqrt(n) at most.
double LogBinomialTail(std::uint64_t n, double p, std::uint64_t k);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_BINOMIAL_TAIL_H_
