#include "report/fitted_table.h"

#include <algorithm>
#include <numeric>

#include "report/display_width.h"
#include "report/wrapped_text.h"

namespace modelkin {
namespace {

constexpr std::size_t kGap = 2;             // before each column
constexpr std::size_t kReadableNames = 26;  // columns that names keep, where they need as many

}  // namespace

std::size_t FittedTable::WidthOf(std::size_t column) const {
  std::size_t width = DisplayWidth(columns_[column].header);
  for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[column]));
  return width;
}

FittedTable::Layout FittedTable::LayoutFor(const Screen& screen) const {
  Layout layout{.columns = std::vector<std::size_t>(columns_.size())};
  std::iota(layout.columns.begin(), layout.columns.end(), std::size_t{0});
  const std::size_t needed = WidthOf(0);
  const std::size_t least = std::min(needed, kReadableNames);
  std::vector<std::size_t> widths(columns_.size());
  std::size_t others = 0;  // columns of the screen that all but names take
  for (std::size_t i = 1; i < columns_.size(); ++i) others += kGap + (widths[i] = WidthOf(i));
  while (layout.columns.size() > 1 && kGap + least + others > screen.width) {
    const auto last =
        std::ranges::max_element(layout.columns.begin() + 1, layout.columns.end(), {},
                                 [&](std::size_t column) { return columns_[column].rank; });
    others -= kGap + widths[*last];
    layout.columns.erase(last);
  }
  layout.first_width =
      std::min(needed, screen.width - std::min<std::size_t>(kGap + others, screen.width));
  return layout;
}

std::string FittedTable::Render(const Screen& screen) const {
  if (rows_.empty()) return "";
  const Layout layout = LayoutFor(screen);
  const auto line = [&](const auto& cell_of) {
    std::string text;
    for (const std::size_t column : layout.columns) {
      const bool first = column == 0;
      const std::string cell =
          first ? Shortened(cell_of(column), layout.first_width) : std::string(cell_of(column));
      const std::size_t width = first ? layout.first_width : WidthOf(column);
      const std::string padding(width - std::min(width, DisplayWidth(cell)), ' ');
      text += std::string(kGap, ' ') + (first ? cell + padding : padding + cell);
    }
    return text.substr(0, text.find_last_not_of(' ') + 1);
  };
  std::string text =
      screen.style.Bold(line([&](std::size_t column) { return columns_[column].header; })) + "\n";
  for (const auto& row : rows_) {
    text += line([&](std::size_t column) { return row[column]; }) + "\n";
  }
  return text;
}

std::vector<std::string> FittedTable::LeftOut(const Screen& screen) const {
  std::vector<std::string> headers;
  if (rows_.empty()) return headers;
  const Layout layout = LayoutFor(screen);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (std::ranges::find(layout.columns, i) == layout.columns.end()) {
      headers.push_back(columns_[i].header);
    }
  }
  return headers;
}

}  // namespace modelkin
