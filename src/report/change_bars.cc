#include "report/change_bars.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/change_text.h"
#include "report/display_width.h"
#include "report/wrapped_text.h"

namespace modelkin {
namespace {

constexpr std::size_t kLongestBar = 40;
constexpr std::size_t kShortestBar = 8;     // that room is left for
constexpr std::size_t kReadableNames = 16;  // columns that names keep

std::size_t BarLength(double change, double largest, std::size_t room) {
  if (change <= 0 || largest <= 0) return 0;
  const double share = change / largest;
  return std::max<std::size_t>(
      static_cast<std::size_t>(std::lround(share * static_cast<double>(room))), 1);
}

std::string Padded(const std::string& text, std::size_t width, bool left) {
  const std::string padding(width - std::min(width, DisplayWidth(text)), ' ');
  return left ? text + padding : padding + text;
}

}  // namespace

std::string ChangeBars(const std::vector<ChangeBar>& bars, const Screen& screen) {
  std::size_t names = 0, notes = 0, numbers = 0;
  double largest = 0;
  for (const ChangeBar& bar : bars) {
    names = std::max(names, DisplayWidth(bar.name));
    if (!bar.change) continue;
    notes = std::max(notes, DisplayWidth(bar.note));
    numbers = std::max(numbers, DisplayWidth(ChangeText(*bar.change)));
    largest = std::max(largest, *bar.change);
  }
  if (notes > 0) ++notes;            // a space after them
  constexpr std::size_t kFrame = 5;  // " name | 8% ++"
  const std::size_t fixed = kFrame + numbers + kShortestBar;
  if (fixed + notes + kReadableNames > screen.width) notes = 0;  // no room for them
  const std::size_t most = screen.width - std::min<std::size_t>(fixed + notes, screen.width);
  names = std::min(names, std::max(kReadableNames, most));
  const std::size_t rest = screen.width - std::min<std::size_t>(kFrame - 1 + names, screen.width);
  const std::size_t room = std::min(kLongestBar, rest - std::min(rest, notes + numbers + 1));
  std::string text;
  for (const ChangeBar& bar : bars) {
    std::string line = fmt::format(" {} | ", Padded(Shortened(bar.name, names), names, true));
    if (bar.change) {
      line += (notes > 0 ? Padded(bar.note, notes, true) : "") +
              Padded(ChangeText(*bar.change), numbers, false) + ' ' +
              std::string(BarLength(*bar.change, largest, room), '+');
    } else {
      line += Shortened(bar.note, rest);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

}  // namespace modelkin
