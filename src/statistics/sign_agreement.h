// How many of the signs of two vectors' projections agree, and what that says of their cosine:
// Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002.
#ifndef MODELKIN_STATISTICS_SIGN_AGREEMENT_H_
#define MODELKIN_STATISTICS_SIGN_AGREEMENT_H_

#include <cstdint>
#include <optional>

namespace modelkin {

// Returns the probability that a sign agrees, 1 - arccos(c) / pi, of a cosine c, cut to [-1, 1].
double AgreementProbability(double cosine);
// Returns the cosine of which that is the probability, cut to [0, 1].
double CosineOfAgreement(double probability);

// log P(at least `agreements` of `bits` signs agree) between strangers, whose cosine is not 0 but
// normal about 0 with `variance` >= 0, and cut to [-1, 1]: the binomial tail's mean over cosines.
// Relative error of the log under 1e-9. A variance of 0 gives the tail for a probability of 1/2.
// NaN for a variance that is negative or none.
double LogAgreementTail(std::uint64_t bits, std::uint64_t agreements, double variance);

// Returns the smallest number of agreements that one of `comparisons` pairs of strangers reaches
// with a probability of at most `family_error` (Bonferroni); bits + 1 where none is enough.
std::uint64_t AgreementLimit(std::uint64_t bits, double variance, double family_error,
                             std::uint64_t comparisons);

// Returns the smallest cosine whose signs reach `limit` agreements with a probability of `power`,
// in (0, 1); nullopt where the limit is above `bits`.
std::optional<double> DetectableCosine(std::uint64_t bits, std::uint64_t limit,
                                       double power = 0.95);

struct CosineEstimate {
  double cosine = 0;
  double low = -1, high = 1;  // at 95 %: Wilson's interval of the agreement
};

// Returns what `agreements` of `bits` signs say of a cosine; [-1, 1] about 0 where there are none.
CosineEstimate EstimateCosine(std::uint64_t bits, std::uint64_t agreements);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_SIGN_AGREEMENT_H_
