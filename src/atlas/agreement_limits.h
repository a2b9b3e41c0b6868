// How many bits have to agree, for pairs of components of any effective values.
#ifndef MODELKIN_ATLAS_AGREEMENT_LIMITS_H_
#define MODELKIN_ATLAS_AGREEMENT_LIMITS_H_

#include <cstdint>
#include <span>
#include <vector>

namespace modelkin {

// Effective values on a scale of eight steps to a factor of 2, rounded down, so that the variance
// of strangers' cosines is rounded up by less than a tenth. 0 for 0 and 1.
std::uint32_t ValueLevel(std::uint64_t effective_values);
// Returns the variance for two components, of the sum of their levels.
double VarianceOfLevels(std::uint32_t level_sum);

// AgreementLimit (statistics/sign_agreement.h) by sums of levels, computed beforehand, on all
// threads, for all that components of these levels have.
class AgreementLimits {
 public:
  AgreementLimits(std::span<const std::uint32_t> levels, double error_rate,
                  std::uint64_t comparisons, unsigned threads);

  // The limit for two components, of levels that were given.
  std::uint32_t Limit(std::uint32_t level_sum) const { return limits_[level_sum]; }
  // The smallest of all.
  std::uint32_t least() const { return least_; }

 private:
  std::vector<std::uint32_t> limits_;  // by sum of levels
  std::uint32_t least_ = 0;
};

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_AGREEMENT_LIMITS_H_
