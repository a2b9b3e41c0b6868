// A table that keeps within the width of a screen.
#ifndef MODELKIN_REPORT_FITTED_TABLE_H_
#define MODELKIN_REPORT_FITTED_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "report/screen.h"

namespace modelkin {

struct FittedColumn {
  std::string header;
  int rank = 0;  // those of the largest are left out first
};

// The first column has names, flush left, and stays; the others are flush right.
class FittedTable {
 public:
  explicit FittedTable(std::vector<FittedColumn> columns) : columns_(std::move(columns)) {}
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // Returns the table in lines of at most the screen's columns: least important columns are left
  // out until the first, whose names may be shortened, has room. "" without rows.
  std::string Render(const Screen& screen) const;
  // Returns the headers of what Render leaves out.
  std::vector<std::string> LeftOut(const Screen& screen) const;

 private:
  struct Layout {
    std::vector<std::size_t> columns;  // that are shown, by index
    std::size_t first_width = 0;
  };

  std::size_t WidthOf(std::size_t column) const;
  Layout LayoutFor(const Screen& screen) const;

  std::vector<FittedColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace modelkin

#endif  // MODELKIN_REPORT_FITTED_TABLE_H_
