#include "evidence/smallest_share.h"

#include <cmath>

namespace modelkin {

std::optional<double> SmallestShare(double step, const std::function<bool(double)>& found) {
  int low = 0, high = static_cast<int>(std::lround(1 / step));
  if (!found(1)) return std::nullopt;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (found(middle * step) ? high : low) = middle;
  }
  return high * step;
}

}  // namespace modelkin
