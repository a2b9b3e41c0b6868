#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/byte_amount.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "report/answer_text.h"
#include "report/comparable_text.h"
#include "report/text_table.h"
#include "report/trace_report.h"
#include "wording/evidence_sentences.h"
#include "wording/skip_reasons.h"
#include "wording/verdict_sentence.h"
#include "wording/whole_sentence.h"

namespace modelkin {
namespace {

// Layers beyond which the matrix does not fit a terminal.
constexpr std::size_t kWidestMatrix = 16;

std::string ControlsText(const TestResult& test) {
  if (test.control_effects.empty()) return "";
  const auto [lowest, highest] = std::ranges::minmax(test.control_effects);
  return fmt::format("{:.3g} .. {:.3g}", lowest, highest);
}

std::string InputsText(const TraceResults& results, const TextStyle& style) {
  std::string text = style.Bold("Inputs") + "\n";
  for (const InputRecord& input : results.inputs) {
    text += fmt::format("  {:<3} {}  ({}, {})\n", input.id.Label(), Printable(input.path),
                        FormatQuantity(input.tensors, "tensor"), FormatBytes(input.bytes));
    for (const Said& warning : input.warnings) {
      text += fmt::format("      {}\n", warning.english);
    }
  }
  return text;
}

// Why tensors with the same bytes in both are no evidence, and that not all were looked at.
std::string CopiesText(const CopiedTensors& copies) {
  std::string text;
  if (!copies.not_compared.empty()) {
    text += fmt::format(
        "  - copies were looked for in {} of {} pairs of tensors: of each layer one expert was\n   "
        " "
        "drawn\n",
        FormatCount(copies.compared), FormatCount(copies.compared + copies.not_compared.size()));
  }
  for (const CopyGroup& group : GroupsOf(copies)) {
    if (group.kind == CopyKind::kLearned) continue;
    const std::string table =
        group.table ? fmt::format(" ({})", StandardTableName(*group.table)) : "";
    text += fmt::format("  - no evidence: the same bytes of {}, which {}{}: {}{}\n",
                        FormatQuantity(group.tensors, "tensor"), CopyKindText(group.kind), table,
                        Printable(group.first), group.tensors > 1 ? ", ..." : "");
  }
  return text;
}

std::string VerdictText(const Trace& trace, const TextStyle& style) {
  const Verdict& verdict = trace.verdict;
  std::string text = "\n" + style.Bold(fmt::format("Verdict: {}", VerdictName(verdict.category)));
  if (verdict.shared) text += fmt::format(" ({})", SharedMaterialName(*verdict.shared));
  text += fmt::format("\n  {}\n", VerdictSentence(trace));
  for (const std::string& line : EvidenceTexts(trace)) text += fmt::format("  - {}\n", line);
  return text + CopiesText(trace.pair.copies);
}

std::string TestsText(const Trace& trace, const TextStyle& style) {
  TextTable table({"test", "n", "statistic", "p", "p, corrected", "effect", "controls", ""});
  std::string notes;
  std::set<std::string> caveats;
  for (const TestResult& test : trace.tests) {
    if (!test.was_run()) {
      notes += fmt::format("  {} was not run: {}\n", TestName(test.key), SkipText(test.skipped));
      continue;
    }
    const std::string mark = test.p_is_valid() ? "" : "*";
    if (!test.p_is_valid()) caveats.insert(CaveatText(test));
    table.AddRow({TestName(test.key), FormatCount(test.units),
                  fmt::format("{:.4g}", test.statistic),
                  FormatPCell(test.log_p, test.log_p_is_bound) + mark,
                  FormatPCell(test.log_p_adjusted, test.log_p_is_bound) + mark,
                  fmt::format("{:.3g} {}", test.effect, TraitsOf(test.key.id).effect_name),
                  ControlsText(test), test.strong ? "strong" : ""});
  }
  for (const std::string& caveat : caveats) notes += fmt::format("  * {}\n", caveat);
  return "\n" + style.Bold("Tests of independent initialisation") + "\n" + table.Render(style) +
         style.Dim(notes);
}

std::string SourceText(const LayerMap& map) {
  std::string text;
  for (std::size_t b = 0; b < map.layers_b.size(); ++b) {
    text += fmt::format("{}{}", b == 0 ? "" : " ",
                        map.source[b] ? std::to_string(map.layers_a[*map.source[b]]) : "-");
  }
  return text;
}

std::string LayerMapText(const LayerMap& map, bool is_test, const TextStyle& style) {
  if (map.layers_b.empty()) return "";
  std::string text = fmt::format(
      "\n{} (z of attention and norms{})\n", style.Bold("Layers of A that B's layers go back to"),
      is_test ? "" : ", after a fit: no test, unrelated models have some");
  if (std::max(map.layers_a.size(), map.layers_b.size()) <= kWidestMatrix) {
    std::vector<std::string> header = {"A \\ B"};
    for (const std::uint32_t layer : map.layers_b) header.push_back(std::to_string(layer));
    TextTable table(std::move(header));
    for (std::size_t a = 0; a < map.layers_a.size(); ++a) {
      std::vector<std::string> row = {std::to_string(map.layers_a[a])};
      for (std::size_t b = 0; b < map.layers_b.size(); ++b) {
        const std::string z = fmt::format("{:.1f}", map.At(a, b));
        row.push_back(map.source[b] == a ? "[" + z + "]" : z);
      }
      table.AddRow(std::move(row));
    }
    text += table.Render(style);
  } else {
    text += fmt::format("  {}\n", SourceText(map));
  }
  return text;
}

std::string MlpsText(const PairAnalysis& pair, const TextStyle& style) {
  std::vector<double> agreements;
  std::size_t moved = 0;
  for (const MlpMatch& match : pair.mlps) {
    if (!match.skipped.empty()) continue;
    agreements.push_back(match.agreement());
    moved +=
        match.log_p_linked() < kLinkedLogP && pair.a.mlps[match.a].name != pair.b.mlps[match.b].name
            ? 1
            : 0;
  }
  if (agreements.empty()) return "";
  std::ranges::sort(agreements);
  std::string text = "\n" + style.Bold("Hidden units") + "\n";
  text += fmt::format(
      "  {} of B, each beside the most similar of A: gate and up weights agree on {:.1f}% of the "
      "units (median; {:.1f}% to {:.1f}%)\n",
      FormatQuantity(agreements.size(), "MLP"), 100 * agreements[agreements.size() / 2],
      100 * agreements.front(), 100 * agreements.back());
  if (moved > 0) text += fmt::format("  {} linked to one of another name\n", moved);
  return text;
}

std::string ExpertsText(const PairAnalysis& pair, const TextStyle& style) {
  if (pair.experts.layers.empty()) return "";
  std::uint64_t in_place = 0;
  for (const ExpertLayer& layer : pair.experts.layers) in_place += layer.in_place;
  return fmt::format(
      "\n{}\n  {} of B's {} have one like them in A by router row and by weights "
      "({:.0f} by chance), {} the one of their own number (--json has the map)\n",
      style.Bold("Experts"), FormatCount(pair.experts.agreed), FormatCount(pair.experts.experts),
      pair.experts.expected, FormatCount(in_place));
}

std::string PowerText(const Trace& trace, const TextStyle& style) {
  if (!trace.power) return "";
  const PowerStatement& power = *trace.power;
  std::string text =
      fmt::format("\n{}\n", style.Bold(trace.verdict.unread.empty()
                                           ? "What would have been found"
                                           : "What would have been found, of what was read alone"));
  if (!power.simulated()) {
    return text + "  Of the tests that these shapes allow that was not simulated.\n";
  }
  if (!power.smallest() && !power.gate_up_fitted) {
    return text + "  On these shapes not even a copy would have been.\n";
  }
  text += fmt::format(
      "  With probability {}, a mixture of t of A's weights and 1 - t of B's, from t =\n",
      kPowerProbability);
  const auto line = [&](const std::optional<double>& share, const char* what) {
    if (share) text += fmt::format("  {:5.1f}% {}\n", 100 * *share, what);
  };
  line(power.residual_trace, "as it is (residual_trace)");
  line(power.gate_up, "with hidden units renumbered (gate_up_agreement)");
  line(power.gate_up_fitted,
       "with residual coordinates renumbered too, if they are found again "
       "(gate_up_agreement_in_fitted_basis)");
  text += "  Other disguises, and training that followed, were not simulated.\n";
  return text;
}

std::string NotesText(const Trace& trace, const TextStyle& style) {
  std::string text = "\n";
  for (const ControlTrace& control : trace.controls) {
    if (!control.related) continue;
    text += fmt::format("C{} is related to {} and no control: left out.\n", control.id.control + 1,
                        control.id.with_a ? "A" : "B");
  }
  if (!trace.pair.names_given.empty()) {
    text +=
        fmt::format("{} paired by shape and values, as names tell nothing (--json lists them).\n",
                    FormatQuantity(trace.pair.names_given.size(), "tensor"));
  }
  for (const std::string& limit : LimitTexts(trace)) text += limit + "\n";
  return style.Dim(text);
}

std::string SideText(const ModelComponent* component) {
  if (component == nullptr) return "-";
  const Family* const family = component->resolved.family;
  return fmt::format("{}{}, {}", family == nullptr ? "" : fmt::format("{}, ", family->name),
                     FormatQuantity(component->checkpoint->tensors().size(), "tensor"),
                     FormatCount(component->checkpoint->total_elements()));
}

// The verdict on all components, and what each comes to.
std::string WholeText(const TraceResults& results, const TextStyle& style) {
  const WholeVerdict& verdict = results.verdict;
  std::string text = "\n" + style.Bold(fmt::format("Verdict: {}", VerdictName(verdict.category)));
  if (verdict.shared) text += fmt::format(" ({})", SharedMaterialName(*verdict.shared));
  text += fmt::format("\n  {}\n", WholeSentence(results));
  for (const Kind& kind : verdict.kinds) {
    text += fmt::format("  - {}: {}\n", DerivationKindName(kind.kind), kind.evidence.english);
  }
  TextTable table({"component", "A (tensors, values)", "B (tensors, values)", "verdict"});
  const std::vector<ComponentOutcome> outcomes = results.Outcomes();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const ComponentPair& pair = results.components[i].pair;
    const std::string_view name = ComponentName(pair.kind());
    table.AddRow({std::string(name), SideText(pair.a), SideText(pair.b),
                  OutcomeText(outcomes[i]).substr(name.size() + 2)});
  }
  return text + "\n" + style.Bold("Components") + "\n" + table.Render(style);
}

// "1.38M parameters each, all weights read"
std::string FactsText(const TraceResults& results, const Answer& answer) {
  const auto parameters = [&](std::size_t i) {
    const InputRecord& input = results.inputs.at(i);
    return FormatAbbreviated(input.elements + input.packed.parameters);
  };
  const std::string a = parameters(0), b = parameters(1);
  return fmt::format("{} parameters{}, {}", a == b ? a : fmt::format("{} and {}", a, b),
                     a == b ? " each" : "", answer.read);
}

// Where they were asked for.
std::string FingerprintsText(const TraceResults& results, const TextStyle& style) {
  std::string text;
  for (const ComponentTrace& component : results.components) {
    const auto& kinship = component.kinship;
    if (kinship && kinship->descriptions) {
      text += DescriptionsText(*component.trace, *kinship->descriptions, style);
    }
  }
  return text.empty() ? "" : text + "\n";
}

// All about one pair of components.
void WriteComponent(const ComponentTrace& component, const TextStyle& style, const TextSink& sink) {
  const Trace& trace = *component.trace;
  const auto& kinship = component.kinship;
  sink(VerdictText(trace, style));
  if (kinship) sink(KinshipText(trace, *kinship, style));
  sink(TestsText(trace, style));
  const PairAnalysis& shown = trace.shown();
  sink(LayerMapText(shown.layer_map, &shown == &trace.pair, style));
  sink(MlpsText(shown, style));
  sink(ExpertsText(shown, style));
  if (kinship && kinship->descriptions) {
    sink(DescriptionsText(trace, *kinship->descriptions, style));
  }
  sink(PowerText(trace, style));
  sink(NotesText(trace, style));
}

}  // namespace

void WriteTraceText(const TraceResults& results, const Screen& screen, const TextSink& sink) {
  const TextStyle& style = screen.style;
  const Answer answer = AnswerOf(results, Language::kEnglish);
  sink(AnswerText(answer, FactsText(results, answer), screen));
  sink(ComparableText(results));
  if (!screen.details) {
    sink(FingerprintsText(results, style));
    return sink(
        style.Dim("  More: --details, --json, or a page: modelkin report A B -o page.html\n"));
  }
  sink("\n" + InputsText(results, style));
  const bool several = results.is_of_several();
  if (several) sink(WholeText(results, style));
  for (const ComponentTrace& component : results.components) {
    if (!component.trace) continue;
    if (several) {
      const std::string_view name = ComponentName(component.pair.kind());
      sink("\n" + style.Bold(fmt::format("Component {}", name)) + "\n");
    }
    WriteComponent(component, style, sink);
  }
}

}  // namespace modelkin
