// Tables and emphasis for a terminal.
#ifndef MODELKIN_REPORT_TEXT_TABLE_H_
#define MODELKIN_REPORT_TEXT_TABLE_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/number_text.h"
#include "base/terminal_codes.h"

namespace modelkin {

// Escape sequences (base/terminal_codes.h), or nothing where colour is off.
class TextStyle {
 public:
  explicit TextStyle(bool colour) : colour_(colour) {}
  std::string Bold(std::string_view text) const { return Wrap(kBoldCode, text); }
  std::string Dim(std::string_view text) const { return Wrap(kDimCode, text); }
  // By what a verdict means.
  std::string Related(std::string_view text) const { return Wrap(kBlueCode, text); }
  std::string Partly(std::string_view text) const { return Wrap(kOrangeCode, text); }
  std::string Nothing(std::string_view text) const { return Wrap(kGreyCode, text); }
  std::string Bad(std::string_view text) const { return Wrap(kRedCode, text); }
  std::string Good(std::string_view text) const { return Wrap(kGreenCode, text); }

 private:
  std::string Wrap(std::string_view code, std::string_view text) const;
  bool colour_;
};

// Rows of printable text; the first column is flush left, the others flush right.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : header_(std::move(header)) {}
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // "" without rows.
  std::string Render(const TextStyle& style) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace modelkin

#endif  // MODELKIN_REPORT_TEXT_TABLE_H_
