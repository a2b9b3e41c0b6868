#include "report/change_text.h"

#include <fmt/format.h>

#include <cmath>

namespace modelkin {

std::string ChangeText(double ratio) {
  const double percent = 100 * ratio;
  if (!std::isfinite(percent)) return "undef";
  if (percent == 0) return "0%";
  if (percent < 0.01) return "<0.01%";
  if (percent < 0.095) return fmt::format("{:.3f}%", percent);
  if (percent < 0.95) return fmt::format("{:.2f}%", percent);
  if (percent < 9.95) return fmt::format("{:.1f}%", percent);
  return percent < 999.5 ? fmt::format("{:.0f}%", percent) : ">999%";
}

}  // namespace modelkin
