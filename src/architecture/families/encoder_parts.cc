#include "architecture/families/encoder_parts.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "architecture/size_expression.h"

namespace modelkin::families {
namespace {

// Of one of the modules that are stored as one.
ViewRule ShareOf(std::string_view stored, std::string_view name, const ModuleRow& row,
                 std::size_t number, bool is_bias) {
  const bool vector = is_bias || row.columns.empty();
  return {.stored = stored,
          .name = name,
          .shape = vector ? row.rows : Kept(fmt::format("{}, {}", row.rows, row.columns)),
          .offset = vector ? Kept(fmt::format("{} * ({})", number, row.rows))
                           : Kept(fmt::format("{} * ({}) * ({})", number, row.rows, row.columns))};
}

// A product of the axes of a list: "channels, patch" -> "channels * patch".
std::string ProductOf(std::string_view axes) {
  std::string product;
  for (const std::string_view axis : SplitShape(axes)) {
    product += fmt::format("{}{}", product.empty() ? "" : " * ", axis);
  }
  return product;
}

// Two axes of a shape of more: that of the residual stream, which is the first or the last, and all
// others as one. "" of a shape that has no more.
std::string_view AsMatrix(std::string_view shape) {
  constexpr std::string_view kLast = ", residual";
  if (SplitShape(shape).size() < 3) return "";
  if (shape.ends_with(kLast)) {
    const std::string_view others = shape.substr(0, shape.size() - kLast.size());
    return Kept(fmt::format("{}, residual", ProductOf(others)));
  }
  const std::size_t comma = shape.find(',');
  return Kept(fmt::format("{}, {}", shape.substr(0, comma), ProductOf(shape.substr(comma + 1))));
}

void AddTensor(const Place& place, const ModuleRow& row, bool is_bias, Table& table) {
  const std::string_view ending = is_bias ? "bias" : "weight";
  const std::string_view stored = Kept(fmt::format("{}{}.{}", place.stored, row.stored, ending));
  const auto names = SplitKeys(row.named);
  const std::string rows =
      names.size() > 1 ? fmt::format("{} * ({})", names.size(), row.rows) : std::string(row.rows);
  const bool vector = is_bias || row.columns.empty();
  table.tensors.push_back({.name = stored,
                           .shape = Kept(vector ? rows : fmt::format("{}, {}", rows, row.columns)),
                           .module = row.module,
                           .where = place.where,
                           .when = is_bias && !row.bias.empty() ? row.bias : row.when});
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view name = Kept(fmt::format("{}{}.{}", place.named, names[i], ending));
    if (names.size() > 1) {
      table.views.push_back(ShareOf(stored, name, row, i, is_bias));
    } else if (name != stored) {
      table.views.push_back(
          {.stored = stored, .name = name, .shape = AsMatrix(table.tensors.back().shape)});
    }
  }
}

}  // namespace

std::string_view Kept(std::string name) {
  static std::set<std::string> names;
  return *names.insert(std::move(name)).first;
}

Place Layers(std::string_view stored, Where where) {
  return {fmt::format("{}.{{L}}.", stored), "model.layers.{L}.", where};
}

Place Once(std::string_view stored) { return {std::string(stored), "model.", Where::kOnce}; }

Table Modules(const Place& place, const ModuleRows& rows) {
  Table table;
  for (const ModuleRow& row : rows) {
    AddTensor(place, row, false, table);
    if (row.bias != kNoBias) AddTensor(place, row, true, table);
  }
  return table;
}

Table Joined(const std::vector<Table>& tables) {
  Table all;
  for (const Table& table : tables) {
    all.tensors.insert(all.tensors.end(), table.tensors.begin(), table.tensors.end());
    all.views.insert(all.views.end(), table.views.begin(), table.views.end());
  }
  return all;
}

Table Optional(Table table) {
  for (TensorRule& rule : table.tensors) rule.optional = true;
  return table;
}

ModuleRow NormRow(std::string_view stored, std::string_view named, std::string_view bias) {
  return {stored, named, "residual", "", ModuleKind::kNorm, bias};
}

ModuleRow UpRow(std::string_view stored, std::string_view named, std::string_view bias,
                std::string_view when) {
  return {stored, named, "width", "residual", ModuleKind::kDenseMlp, bias, when};
}

ModuleRow DownRow(std::string_view stored, std::string_view bias, std::string_view when) {
  return {stored, "mlp.down_proj", "residual", "width", ModuleKind::kDenseMlp, bias, when};
}

ModuleRows AttentionRows(const std::vector<std::string_view>& stored, std::string_view bias) {
  constexpr ModuleKind kModule = ModuleKind::kAttention;
  return {{stored.at(0), "self_attn.q_proj", "residual", "residual", kModule, bias},
          {stored.at(1), "self_attn.k_proj", "residual", "residual", kModule, bias},
          {stored.at(2), "self_attn.v_proj", "residual", "residual", kModule, bias},
          {stored.at(3), "self_attn.o_proj", "residual", "residual", kModule, bias}};
}

ModuleRows FusedAttentionRows(std::string_view fused, std::string_view output,
                              std::string_view bias, std::string_view output_bias) {
  constexpr ModuleKind kModule = ModuleKind::kAttention;
  return {{fused, "self_attn.q_proj|self_attn.k_proj|self_attn.v_proj", "residual", "residual",
           kModule, bias},
          {output, "self_attn.o_proj", "residual", "residual", kModule, output_bias}};
}

Table Single(std::string_view stored, std::string_view shape, ModuleKind module,
             std::string_view named, std::string_view when) {
  Table table{
      .tensors =
          {{.name = stored, .shape = shape, .module = module, .where = Where::kOnce, .when = when}},
      .views = {}};
  if (!named.empty()) {
    table.views.push_back({.stored = stored, .name = named, .shape = AsMatrix(shape)});
  }
  return table;
}

}  // namespace modelkin::families
