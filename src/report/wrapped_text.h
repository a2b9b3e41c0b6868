// Text that keeps within the columns it is given.
#ifndef MODELKIN_REPORT_WRAPPED_TEXT_H_
#define MODELKIN_REPORT_WRAPPED_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace modelkin {

struct Margins {
  std::size_t width = 80;
  std::size_t indent = 0;       // of each line
  std::string_view label = {};  // in the first line's indent; a longer one pushes its words on
};

// Returns the words of `text` in lines that end with '\n' and take at most `width` columns, codes
// of TextStyle not counted. A word that no line holds is broken. A '\n' of the text stays; its
// spaces become one each.
std::string Wrapped(std::string_view text, const Margins& margins);

// Returns whole lines with those that are wider than `width` wrapped, under where their words
// begin: behind bars of a diagram, a mark of a list, or a label and at least two spaces. Rows of
// tables stay as wide as they are: those whose last cell begins in the right half, or that are of
// Markdown.
std::string WithinWidth(std::string_view text, std::size_t width);

// Returns `text`, which has no codes, within `columns`: what is too much is "..." in its middle,
// which leaves more of its end, where names of tensors differ.
std::string Shortened(std::string_view text, std::size_t columns);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_WRAPPED_TEXT_H_
