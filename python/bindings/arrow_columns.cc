#include "arrow_columns.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"

namespace modelkin {
namespace {

using Json = nlohmann::ordered_json;
using Values = std::vector<const Json*>;  // nullptr: null

// What a column holds.
struct ColumnType {
  ColumnKind kind = ColumnKind::kNull;
  bool has_negative = false;        // of integers
  std::vector<std::string> names;   // of a struct's members
  std::vector<ColumnType> members;  // of a struct, or of a list its items alone
};

ColumnType& MemberOf(ColumnType& type, const std::string& name) {
  const auto found = std::ranges::find(type.names, name);
  if (found != type.names.end()) {
    return type.members[static_cast<std::size_t>(found - type.names.begin())];
  }
  type.names.push_back(name);
  return type.members.emplace_back();
}

ColumnType DeclaredType(const Json& declared) {
  ColumnType type;
  if (declared.is_object()) {
    type.kind = ColumnKind::kStruct;
    for (const auto& [name, member] : declared.items()) MemberOf(type, name) = DeclaredType(member);
  } else if (declared.is_array()) {
    type.kind = ColumnKind::kList;
    MemberOf(type, "item") = DeclaredType(declared.at(0));
  } else {
    const auto& word = declared.get_ref<const std::string&>();
    if (word == "int") type.kind = ColumnKind::kInt64;
    if (word == "float") type.kind = ColumnKind::kFloat64;
    if (word == "text") type.kind = ColumnKind::kText;
    if (word == "bool") type.kind = ColumnKind::kBool;
  }
  return type;
}

bool IsNumber(ColumnKind kind) {
  return kind == ColumnKind::kInt64 || kind == ColumnKind::kUInt64 || kind == ColumnKind::kFloat64;
}

ColumnKind KindOf(const Json& value) {
  if (value.is_boolean()) return ColumnKind::kBool;
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return ColumnKind::kUInt64;
  }
  if (value.is_number_integer()) return ColumnKind::kInt64;
  if (value.is_number()) return ColumnKind::kFloat64;
  if (value.is_array()) return ColumnKind::kList;
  return value.is_object() ? ColumnKind::kStruct : ColumnKind::kText;
}

// Widens a type until it holds a value.
void Widen(ColumnType& type, const Json& value) {
  if (value.is_null() || type.kind == ColumnKind::kText) return;
  const ColumnKind kind = KindOf(value);
  if (type.kind == ColumnKind::kNull) {
    type.kind = kind;
  } else if (IsNumber(type.kind) && IsNumber(kind)) {
    type.kind = std::max(type.kind, kind);
  } else if (type.kind != kind) {
    type = {.kind = ColumnKind::kText};
    return;
  }
  if (kind == ColumnKind::kInt64 && value.get<std::int64_t>() < 0) type.has_negative = true;
  if (kind == ColumnKind::kList) {
    ColumnType& item = MemberOf(type, "item");
    for (const Json& each : value) Widen(item, each);
  }
  if (kind == ColumnKind::kStruct) {
    for (const auto& [name, member] : value.items()) Widen(MemberOf(type, name), member);
  }
}

void SetBit(std::vector<std::uint8_t>& bits, std::size_t index) {
  bits[index / 8] = static_cast<std::uint8_t>(bits[index / 8] | (1U << (index % 8)));
}

std::int32_t Offset(std::size_t size) {
  if (size > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw Error(ErrorKind::kUsage, "a column has over 2 GiB of text, or as many items");
  }
  return static_cast<std::int32_t>(size);
}

template <class Number>
void FillNumbers(const Values& values, Column& column) {
  column.values.resize(std::max<std::size_t>(values.size(), 1) * sizeof(Number));
  for (std::size_t row = 0; row < values.size(); ++row) {
    const auto number = values[row] == nullptr ? Number{} : values[row]->get<Number>();
    std::memcpy(column.values.data() + row * sizeof number, &number, sizeof number);
  }
}

void FillTexts(const Values& values, Column& column) {
  for (const Json* const value : values) {
    if (value != nullptr) {
      const std::string text = value->is_string() ? value->get<std::string>() : value->dump();
      column.values.insert(column.values.end(), text.begin(), text.end());
    }
    column.offsets.push_back(Offset(column.values.size()));
  }
  column.values.reserve(1);  // a buffer has an address even where it is empty
}

Column Filled(std::string name, const ColumnType& type, const Values& values);

void FillList(const ColumnType& type, const Values& values, Column& column) {
  Values items;
  for (const Json* const value : values) {
    if (value != nullptr) {
      for (const Json& item : *value) items.push_back(item.is_null() ? nullptr : &item);
    }
    column.offsets.push_back(Offset(items.size()));
  }
  const ColumnType unknown;
  const ColumnType& item = type.members.empty() ? unknown : type.members.front();
  column.children.push_back(Filled("item", item, items));
}

void FillStruct(const ColumnType& type, const Values& values, Column& column) {
  for (std::size_t i = 0; i < type.names.size(); ++i) {
    const std::string& name = type.names[i];
    Values members;
    members.reserve(values.size());
    for (const Json* const value : values) {
      const auto found = value == nullptr ? Json::const_iterator{} : value->find(name);
      const bool is_there = value != nullptr && found != value->end() && !found->is_null();
      members.push_back(is_there ? &*found : nullptr);
    }
    column.children.push_back(Filled(name, type.members[i], members));
  }
}

void FillValidity(const Values& values, Column& column) {
  column.nulls = std::ranges::count(values, nullptr);
  if (column.nulls == 0 || column.kind == ColumnKind::kNull) return;
  column.valid.resize(values.size() / 8 + 1);
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (values[row] != nullptr) SetBit(column.valid, row);
  }
}

Column Filled(std::string name, const ColumnType& type, const Values& values) {
  Column column{
      .name = std::move(name), .kind = type.kind, .rows = static_cast<std::int64_t>(values.size())};
  if (column.kind == ColumnKind::kUInt64 && type.has_negative) column.kind = ColumnKind::kFloat64;
  // Few read a struct that has no members.
  if (column.kind == ColumnKind::kStruct && type.members.empty()) column.kind = ColumnKind::kNull;
  FillValidity(values, column);
  if (column.kind == ColumnKind::kText || column.kind == ColumnKind::kList) {
    column.offsets.push_back(0);
  }
  switch (column.kind) {
    case ColumnKind::kNull: column.nulls = column.rows; break;
    case ColumnKind::kBool:
      column.values.resize(values.size() / 8 + 1);
      for (std::size_t row = 0; row < values.size(); ++row) {
        if (values[row] != nullptr && values[row]->get<bool>()) SetBit(column.values, row);
      }
      break;
    case ColumnKind::kInt64: FillNumbers<std::int64_t>(values, column); break;
    case ColumnKind::kUInt64: FillNumbers<std::uint64_t>(values, column); break;
    case ColumnKind::kFloat64: FillNumbers<double>(values, column); break;
    case ColumnKind::kText: FillTexts(values, column); break;
    case ColumnKind::kList: FillList(type, values, column); break;
    case ColumnKind::kStruct: FillStruct(type, values, column); break;
  }
  return column;
}

}  // namespace

Column ColumnsOf(std::string_view rows, std::string_view columns) {
  try {
    const Json read = Json::parse(rows);
    if (!read.is_array()) throw Error(ErrorKind::kUsage, "the rows of a table are no array");
    ColumnType type = DeclaredType(Json::parse(columns));
    Values values;
    values.reserve(read.size());
    for (const Json& row : read) {
      if (!row.is_object()) throw Error(ErrorKind::kUsage, "a row of a table is no object");
      Widen(type, row);
      values.push_back(&row);
    }
    Column table{
        .name = {}, .kind = ColumnKind::kStruct, .rows = static_cast<std::int64_t>(values.size())};
    FillStruct(type, values, table);
    return table;
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kUsage, std::string("no rows as JSON: ") + error.what());
  }
}

}  // namespace modelkin
