// Spearman's rank correlation of two rankings without ties, and its upper tail.
#ifndef MODELKIN_STATISTICS_SPEARMAN_H_
#define MODELKIN_STATISTICS_SPEARMAN_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace modelkin {

// How a tail was computed.
enum class TailMethod { kExact, kMonteCarlo, kBound, kStudent };

struct TailProbability {
  double log_p = 0;  // natural log
  TailMethod method = TailMethod::kExact;
};

// Of n ranks each, 0 to n - 1. Nothing under 2. Requires n < 2^20.
std::optional<double> SpearmanOfRanks(std::span<const std::uint32_t> a,
                                      std::span<const std::uint32_t> b);

// P(rho or more) for rankings in independent, uniformly random order: exact up to 8 ranks; by
// 100,000 permutations (the same for all n of a program) under 100, or by LogSpearmanBound where
// that is below what they could show; by Student's distribution with a correction of its far tail
// from 100 on.
TailProbability SpearmanTail(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b);

// A proven bound on the log of P(sum of squared rank differences <= sum): n! p counts permutations,
// each of which is an integer vector of differences d of its own; those with |d|^2 <= sum number at
// most exp(s sum) theta(s)^n for every s > 0, theta(s) = sum over integers k of exp(-s k^2).
double LogSpearmanBound(double sum, std::uint64_t n);

// With t = rho sqrt((n - 2) / (1 - rho^2)), log P(T >= t) + n Delta(rho), for rho in (-1, 1), n
// >= 3. Student's tail decays like (1 - rho^2)^(n/2), rankings like exp(n H), H the entropy of the
// distribution with uniform margins and that rho whose entropy is largest; Delta = H - log(1 -
// rho^2) / 2 runs from 0.06 rho^4 to log(2 pi e / 12) / 2 = 0.1765. Computed by Sinkhorn scaling of
// exp(lambda u v) on a grid of 600; what stands here between nodes is above it by under 1 %.
double LogSpearmanTailByStudent(double rho, std::uint64_t n);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_SPEARMAN_H_
