#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/escaped_text.h"
#include "report/explain_report.h"

namespace modelkin {
namespace {

constexpr std::size_t kLineWidth = 100;

// Indented lines of whole words.
std::string Wrapped(std::string_view text) {
  std::string lines;
  while (text.size() + 2 > kLineWidth) {
    const std::size_t end = text.rfind(' ', kLineWidth - 2);
    if (end == std::string_view::npos) break;
    lines += fmt::format("  {}\n", text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines + fmt::format("  {}\n", text);
}

std::string ValueText(const Fact& fact) {
  if (const auto* const flag = std::get_if<bool>(&fact.value)) return *flag ? "yes" : "no";
  if (const auto* const count = std::get_if<std::uint64_t>(&fact.value)) return FormatCount(*count);
  if (const auto* const number = std::get_if<double>(&fact.value)) {
    return fmt::format("{:.8g}", *number);
  }
  return std::get<std::string>(fact.value);
}

std::string OriginText(const Fact& fact) {
  switch (fact.origin) {
    case FactOrigin::kConfig: return fact.from;
    case FactOrigin::kFamily: return "the family's default";
    case FactOrigin::kTensor: return fact.from;
    case FactOrigin::kComputed: return "= " + fact.from;
  }
  return "";
}

std::string FormulaText(const Formula& formula, const TextStyle& style) {
  std::string text = style.Bold("Formula") + "  " + formula.title + "\n";
  for (const std::string& line : formula.lines) text += "    " + line + "\n";
  for (const std::string& source : formula.sources) text += style.Dim("  " + source) + "\n";
  return text;
}

std::string NumbersText(const std::vector<Fact>& facts, const TextStyle& style) {
  if (facts.empty()) return "";
  std::size_t label = 0;
  std::size_t value = 0;
  for (const Fact& fact : facts) {
    label = std::max(label, fact.label.size());
    value = std::max(value, ValueText(fact).size());
  }
  std::string text = "\n" + style.Bold("This model's numbers") + "\n";
  for (const Fact& fact : facts) {
    text += fmt::format("  {:<{}}  {:>{}}  {}\n", fact.label, label, ValueText(fact), value,
                        style.Dim(Printable(OriginText(fact))));
  }
  return text;
}

std::string TensorsText(const std::vector<TensorFact>& tensors, const TextStyle& style) {
  if (tensors.empty()) return "";
  std::size_t part = 0;
  std::size_t shape = 0;
  for (const TensorFact& tensor : tensors) {
    part = std::max(part, tensor.part.size());
    shape = std::max(shape, ShapeText(tensor.shape).size());
  }
  std::string text = "\n" + style.Bold("Stored") + "\n";
  for (const TensorFact& tensor : tensors) {
    text += fmt::format(
        "  {:<{}}  {:<{}}  {:<4}  {}\n", tensor.part, part, ShapeText(tensor.shape), shape,
        tensor.type, style.Dim((tensor.is_part ? "part of " : "") + Printable(tensor.stored_name)));
  }
  return text;
}

std::string RangesText(const std::vector<RangeFact>& ranges, std::size_t layer,
                       const TextStyle& style) {
  std::string text;
  for (const RangeFact& fact : ranges) {
    TextTable table({"  " + fact.label, "smallest", "mean", "largest"});
    const auto row = [&](std::string name, const ValueRange& range) {
      table.AddRow({"  " + std::move(name), fmt::format("{:.5g}", range.smallest),
                    fmt::format("{:.5g}", range.mean), fmt::format("{:.5g}", range.largest)});
    };
    row(fmt::format("all, {}", FormatQuantity(fact.layers.size(), "layer")), fact.all);
    const auto here = std::ranges::find(fact.layers, layer, &ValuesOfLayer::layer);
    if (here != fact.layers.end()) row(fmt::format("layer {}", layer), here->range);
    text += "\n" + table.Render(style);
  }
  return text;
}

std::string SpansText(const std::vector<LayerSpan>& spans, const TextStyle& style) {
  if (spans.empty()) return "";
  std::string text = "\n" + style.Bold("Layers") + "\n";
  for (const LayerSpan& span : spans) {
    const std::string layers = span.first == span.last
                                   ? fmt::format("{}", span.first)
                                   : fmt::format("{}-{}", span.first, span.last);
    text += fmt::format("  {:<7}  {}\n", layers, span.kind);
  }
  return text;
}

std::string Turn(double tokens) {
  return tokens < 1e5 ? fmt::format("{:.2f}", tokens) : fmt::format("{:.4g}", tokens);
}

std::string FrequenciesText(const std::vector<PairFrequency>& frequencies, const TextStyle& style) {
  const bool scaled = std::ranges::any_of(
      frequencies, [](const PairFrequency& pair) { return pair.plain != pair.scaled; });
  std::vector<std::string> header = {"pair", "p_i, radians a token", "turns once in, tokens"};
  if (scaled) header.insert(header.end(), {"f_i, scaled", "turns once in, tokens", "p_i / f_i"});
  TextTable table(header);
  bool gap = false;
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const PairFrequency& pair = frequencies[i];
    if (!pair.notable) {
      gap = true;
      continue;
    }
    if (gap) table.AddRow(std::vector<std::string>(header.size(), "..."));
    gap = false;
    std::vector<std::string> cells = {fmt::format("{}", i), fmt::format("{:.6g}", pair.plain),
                                      Turn(pair.plain_turn)};
    if (scaled) {
      cells.insert(cells.end(), {fmt::format("{:.6g}", pair.scaled), Turn(pair.scaled_turn),
                                 fmt::format("{:.4f}", pair.plain / pair.scaled)});
    }
    table.AddRow(std::move(cells));
  }
  const std::string text = table.Render(style);
  return text.empty() ? text : "\n" + text;
}

}  // namespace

std::string ExplainFactsText(const Explanation& explanation, const TextStyle& style) {
  std::string text =
      FormulaText(explanation.formula, style) + NumbersText(explanation.facts, style) +
      TensorsText(explanation.tensors, style) +
      RangesText(explanation.ranges, explanation.layer, style) +
      SpansText(explanation.spans, style) + FrequenciesText(explanation.frequencies, style);
  if (!explanation.notes.empty()) text += '\n';
  for (const std::string& note : explanation.notes) text += Wrapped(note);
  return text;
}

}  // namespace modelkin
