#include "answer.h"

#include <fmt/format.h>

namespace nb = nanobind;

namespace modelkin {

nb::str TextOf(const std::string& text) {
  return nb::steal<nb::str>(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
}

nb::list LinesOf(const Strings& lines) {
  nb::list list;
  for (const std::string& line : lines) list.append(TextOf(line));
  return list;
}

void AddWarnings(const InputRecord& input, Strings& lines) {
  for (const Said& line : input.warnings) {
    lines.push_back(fmt::format("{}: {}", input.path, line.english));
  }
}

}  // namespace modelkin
