#include "merging/parameter_setting.h"

#include <algorithm>
#include <cstddef>

namespace modelkin {

std::optional<double> ParameterSetting::At(std::string_view tensor, double t, bool discrete) const {
  for (const ParameterCase& one : cases_) {
    const bool fits =
        one.filter.empty() || one.filter == "*" || tensor.find(one.filter) != std::string::npos;
    if (!fits) continue;
    if (one.points.empty()) return std::nullopt;
    const std::size_t last = one.points.size() - 1;
    const double scaled = t * static_cast<double>(last);
    const auto before = static_cast<std::size_t>(scaled);
    if (discrete) return one.points[before];
    const std::size_t after = std::min(last, before + 1);
    const double share = scaled - static_cast<double>(before);
    // In this order, as mergekit has it: a value that is none of the points is a matter of its
    // bits.
    return last == 0 ? one.points[0] : (1 - share) * one.points[before] + share * one.points[after];
  }
  return std::nullopt;
}

}  // namespace modelkin
