// How long a first screen is, which people take in at once.
#ifndef MODELKIN_REPORT_FIRST_SCREEN_H_
#define MODELKIN_REPORT_FIRST_SCREEN_H_

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace modelkin {

inline constexpr std::size_t kMostLines = 15;

inline std::size_t LinesOf(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

// Returns how many rows a table has on a screen of which other things take `taken` lines: `fewest`
// at least.
inline std::size_t RowsBeside(std::size_t taken, std::size_t fewest) {
  return std::max(fewest, kMostLines - std::min(kMostLines, taken));
}

}  // namespace modelkin

#endif  // MODELKIN_REPORT_FIRST_SCREEN_H_
