// Rows of JSON as columns in Arrow's layout.
#ifndef MODELKIN_PYTHON_ARROW_COLUMNS_H_
#define MODELKIN_PYTHON_ARROW_COLUMNS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

enum class ColumnKind : std::uint8_t {
  kNull,  // nothing but null
  kBool,
  kInt64,
  kUInt64,
  kFloat64,
  kText,
  kList,
  kStruct,
};

// A column, in the buffers of Arrow's format: little-endian, a bit a row for what is no null.
struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::kNull;
  std::int64_t rows = 0, nulls = 0;
  std::vector<std::uint8_t> valid;    // bits; empty where no row is null
  std::vector<std::uint8_t> values;   // bits of kBool, 8 bytes a row of numbers, bytes of kText
  std::vector<std::int32_t> offsets;  // rows + 1 of kText and kList
  std::vector<Column> children;       // one of kList, one a member of kStruct
};

// Returns the rows as one kStruct, a child for each column. `rows`: a JSON array of objects.
// `columns`: a JSON object of the columns' names and what they hold at least: "int", "float",
// "text", "bool", "any", a list of one of these, or an object of them. Columns come in its order,
// then others as rows have them; a type widens where values ask for it: integers over 2^63 are
// kUInt64, integers with fractions kFloat64, and what has nothing in common kText, as JSON.
// Throws Error(kUsage) for what is no such JSON, or over 2 GiB of text.
Column ColumnsOf(std::string_view rows, std::string_view columns);

}  // namespace modelkin

#endif  // MODELKIN_PYTHON_ARROW_COLUMNS_H_
