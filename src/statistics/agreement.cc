#include "statistics/agreement.h"

#include <cmath>

namespace modelkin {

double LogAgreementTail(std::uint64_t agreed, double expected) {
  const double count = static_cast<double>(agreed);
  if (!(count > expected) || !(expected > 0)) return 0;
  return count - expected - count * std::log(count / expected);
}

}  // namespace modelkin
