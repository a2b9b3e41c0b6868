// Tables and emphasis for a terminal.
#ifndef MODELKIN_REPORT_TEXT_TABLE_H_
#define MODELKIN_REPORT_TEXT_TABLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

// "1,034,752"
std::string FormatCount(std::uint64_t count);

// "12.3%"; "100%" for all alone, and "<0.1%" or ">99.9%" where the digits would say none or all;
// "" of nothing.
std::string FormatShare(std::uint64_t part, std::uint64_t whole, int decimals = 1);

// Of a value in [-1, 1] four decimals, but never a 1 for what is not exactly that: 0.99999 is
// ">0.9999".
std::string FormatUnit(double value);

// "1 tensor", "3 tensors"
std::string FormatQuantity(std::uint64_t count, std::string_view noun);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_TEXT_TABLE_H_
