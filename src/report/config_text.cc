#include <fmt/format.h>

#include "architecture/public_configs.h"
#include "base/escaped_text.h"
#include "report/config_report.h"
#include "report/text_table.h"

namespace modelkin {
namespace {

constexpr std::size_t kShown = 60;  // of a value

std::string Meaning() {
  return fmt::format(
      "Equal configurations are no evidence of derived weights: most values are everybody's, and "
      "whoever knows a\nconfiguration can train from scratch with it. Properties go together, so "
      "the share of equal ones is a\ndescription, not a measure of kinship. \"common\" says how "
      "many of {} public models, many of them\nsiblings, have the shared value.",
      kPublicConfigs);
}

// Shortened, and counts that were worked out in groups of three digits.
std::string ValueText(const ConfigCell& cell) {
  const bool count = cell.source == CellSource::kDerived && cell.value.is_number_unsigned();
  if (count) return FormatCount(cell.value.get<std::uint64_t>());
  if (cell.source == CellSource::kDerived && cell.value.is_number_float()) {
    return fmt::format("{:.3g}", cell.value.get<double>());
  }
  return Printable(ConfigValueText(cell.value), kShown);
}

std::string CellText(const ConfigCell& cell) {
  switch (cell.source) {
    case CellSource::kAbsent: return "-";
    case CellSource::kDefault: return ValueText(cell) + " (default)";
    default: return ValueText(cell);
  }
}

std::string CellMarkdown(const ConfigCell& cell) {
  if (cell.source == CellSource::kAbsent || cell.source == CellSource::kDerived) {
    return CellText(cell);
  }
  return MarkdownText(ConfigValueText(cell.value), kShown) +
         (cell.source == CellSource::kDefault ? " (default)" : "");
}

std::string MarkText(const ConfigRow& row) {
  if (row.derived) return "";
  if (!row.same) return "?";
  return *row.same ? "=" : "x";
}

std::string CommonText(const ConfigRow& row) {
  return row.common ? fmt::format("{} of {}", row.common->models, row.common->of) : "";
}

std::string ShareText(std::uint64_t same, std::uint64_t compared) {
  return compared == 0
             ? "nothing to compare"
             : fmt::format("{} of {} the same ({:.0f}%)", same, compared,
                           100 * static_cast<double>(same) / static_cast<double>(compared));
}

std::string ModelId(std::size_t index) {
  return std::string(1, static_cast<char>('A' + index % 26));
}

}  // namespace

void WriteConfigText(const ConfigComparison& comparison, const Screen& screen,
                     const TextSink& sink) {
  const TextStyle& style = screen.style;
  for (std::size_t i = 0; i < comparison.models.size(); ++i) {
    sink(fmt::format("  {}  {}\n", ModelId(i), Printable(comparison.models[i])));
  }
  for (const ConfigGroup& group : comparison.groups) {
    std::vector<std::string> header = {std::string(group.name)};
    for (std::size_t i = 0; i < comparison.models.size(); ++i) header.push_back(ModelId(i));
    header.insert(header.end(), {"", "common"});
    TextTable table(std::move(header));
    for (const ConfigRow& row : group.rows) {
      std::vector<std::string> cells = {Printable(row.key)};
      for (const ConfigCell& cell : row.cells) cells.push_back(CellText(cell));
      cells.insert(cells.end(), {MarkText(row), CommonText(row)});
      table.AddRow(std::move(cells));
    }
    sink("\n" + table.Render(style));
    if (group.compared() > 0)
      sink(fmt::format("  {}\n", ShareText(group.same(), group.compared())));
  }
  sink(fmt::format("\n{}: {}; \"=\" same, \"x\" different, \"?\" not said by all.\n",
                   style.Bold("In all"), ShareText(comparison.same(), comparison.compared())));
  sink(fmt::format("{}\n", Meaning()));
  for (const Finding& finding : comparison.findings)
    sink(fmt::format("  {}\n", finding.message.english));
}

void WriteConfigMarkdown(const ConfigComparison& comparison, const TextSink& sink) {
  for (const ConfigGroup& group : comparison.groups) {
    std::string head = fmt::format("| {} |", group.name);
    std::string line = "| --- |";
    for (const std::string& model : comparison.models) {
      head += fmt::format(" {} |", MarkdownText(model));
      line += " ---: |";
    }
    sink(fmt::format("{} same | common |\n{} :---: | ---: |\n", head, line));
    for (const ConfigRow& row : group.rows) {
      std::string text = fmt::format("| {} |", MarkdownText(row.key));
      for (const ConfigCell& cell : row.cells) text += fmt::format(" {} |", CellMarkdown(cell));
      sink(fmt::format("{} {} | {} |\n", text, MarkText(row), CommonText(row)));
    }
    sink(group.compared() > 0 ? fmt::format("\n{}\n\n", ShareText(group.same(), group.compared()))
                              : "\n");
  }
  sink(fmt::format("In all: {}.\n\n{}\n", ShareText(comparison.same(), comparison.compared()),
                   Meaning()));
  for (const Finding& finding : comparison.findings)
    sink(fmt::format("\n{}\n", MarkdownText(finding.message.english)));
}

}  // namespace modelkin
