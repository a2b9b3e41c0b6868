// Columns that text takes on a terminal.
#ifndef MODELKIN_REPORT_DISPLAY_WIDTH_H_
#define MODELKIN_REPORT_DISPLAY_WIDTH_H_

#include <cstddef>
#include <string_view>

namespace modelkin {

// What no line may be broken within: a character, a code of TextStyle, or a byte that is no UTF-8.
struct TextUnit {
  std::size_t bytes = 0;
  unsigned columns = 0;  // 0 of codes and of marks on the character before, 2 of Hangul or Han
};

// Returns the one that `text` begins with. `text` is not empty.
TextUnit FirstUnit(std::string_view text);

// Returns the columns of a line of text.
std::size_t DisplayWidth(std::string_view text);

// Returns how many bytes of `text` fit into `columns`, with all marks on the last character.
std::size_t BytesWithin(std::string_view text, std::size_t columns);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_DISPLAY_WIDTH_H_
