#include <fmt/format.h>

#include <algorithm>

#include "report/trace_report.h"

namespace modelkin {
namespace {

std::string ValueText(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : "-";
}

// "0.123 .. 0.456" of those that are there.
template <class Controls, class Value>
std::string ControlsText(const Controls& controls, const Value& value_of) {
  std::vector<double> values;
  for (const auto& control : controls) {
    if (const auto value = value_of(control)) values.push_back(*value);
  }
  if (values.empty()) return "";
  const auto [lowest, highest] = std::ranges::minmax(values);
  return fmt::format("{:.3f} .. {:.3f}", lowest, highest);
}

using TokenFigure = std::optional<double> (*)(const TokenEvidence&);

void AddTokens(const Trace& trace, const char* name, TokenFigure figure, TextTable& table) {
  table.AddRow({name, ValueText(figure(*trace.rows)),
                ControlsText(trace.controls, [&](const ControlTrace& control) {
                  return control.tokens ? figure(*control.tokens) : std::nullopt;
                })});
}

}  // namespace

std::string DescriptionsText(const Trace& trace, const Descriptions& figures,
                             const TextStyle& style) {
  TextTable table({"description", "A, B", "controls"});
  std::string notes;
  for (std::size_t i = 0; i < figures.fingerprints.size(); ++i) {
    const Fingerprint& fingerprint = figures.fingerprints[i];
    if (!fingerprint.caveat.english.empty()) {
      notes += fmt::format("  {} ({}): {}\n", fingerprint.name, fingerprint.source.english,
                           fingerprint.caveat.english);
    }
    table.AddRow({fingerprint.name, ValueText(fingerprint.value),
                  ControlsText(figures.controls,
                               [&](const ControlFigures& c) { return c.fingerprints[i].value; })});
  }
  AddTokens(
      trace, "embedding_norms",
      [](const TokenEvidence& tokens) { return tokens.embedding.norm_correlation; }, table);
  AddTokens(
      trace, "undertrained_overlap",
      [](const TokenEvidence& tokens) -> std::optional<double> {
        if (!tokens.embedding.skipped.empty()) return std::nullopt;
        return tokens.embedding.overlap.jaccard;
      },
      table);
  notes +=
      "  embedding_norms (rank correlation over tokens) and undertrained_overlap (Jaccard, of the "
      "tokens with the shortest rows) are about training data, not weights\n";
  if (!figures.left_out.empty()) {
    notes += fmt::format("  fingerprints and spectra: {}\n", figures.left_out);
  }
  std::string text = "\n" +
                     style.Bold(
                         "Descriptions, without a null distribution: of use only beside "
                         "controls") +
                     "\n" + table.Render(style) + style.Dim(notes);
  if (figures.controls.empty()) {
    text += style.Dim("  no controls were given (--control): these numbers say nothing alone\n");
  }
  return text;
}

}  // namespace modelkin
