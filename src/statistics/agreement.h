// How many places two random orders have in common.
#ifndef MODELKIN_STATISTICS_AGREEMENT_H_
#define MODELKIN_STATISTICS_AGREEMENT_H_

#include <cstdint>

namespace modelkin {

// A bound on log P(agreed or more), where independent pairs of uniformly random matchings (of r
// with c units, r <= c) agree on `expected` = sum of r / c units on average. 0 where no more agree
// than expected.
//
// Two such matchings agree on K units with E[binomial(K, k)] = binomial(r, k) (c-k)! / c! <=
// (r / c)^k / k!, so that E[z^K] = sum over k of (z-1)^k E[binomial(K, k)] <= exp((z-1) r / c) for
// z >= 1: the generating function of a Poisson variable. Those of independent pairs multiply, and
// Chernoff's bound on the sum, exp((z-1) expected) z^-agreed, is least at z = agreed / expected.
double LogAgreementTail(std::uint64_t agreed, double expected);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_AGREEMENT_H_
