#include "report/compare_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/escaped_text.h"
#include "report/change_text.h"
#include "report/compare_details.h"
#include "report/first_screen.h"
#include "report/fitted_table.h"
#include "report/functional_report.h"
#include "report/group_summaries.h"
#include "report/wrapped_text.h"
#include "requests/short_names.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

constexpr std::size_t kNamedTensors = 2;
constexpr std::size_t kListedGroups = 40;
constexpr std::size_t kFewestGroups = 4;
constexpr std::size_t kModelColumns = 36;   // of a model's name in a sentence
constexpr std::size_t kHeaderColumns = 16;  // of a reference model's name
constexpr std::size_t kNameColumns = 60;    // of a tensor's name in a sentence

using Groups = std::vector<GroupSummary> Comparison::*;

// What the inputs are called.
class InputNames {
 public:
  explicit InputNames(const std::vector<InputRecord>& inputs) {
    std::vector<std::string> paths;
    paths.reserve(inputs.size());
    for (const InputRecord& input : inputs) paths.push_back(input.path);
    const std::vector<std::string> names = PrintableNames(paths);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      names_[inputs[i].id] = Shortened(names[i], kModelColumns);
  }
  const std::string& Of(InputId input) const { return names_.at(input); }

 private:
  std::map<InputId, std::string> names_;
};

// Everything that a piece of the text is made of.
struct Drawing {
  const CompareResults& results;
  const Screen& screen;
  InputNames names;

  std::string Paragraph(const std::string& text) const {
    return Wrapped(text, {.width = screen.width, .indent = 2});
  }
};

std::string UnitText(const GroupSummary& group, Metric PairMetrics::*member) {
  const MetricSpread& spread = SpreadOf(group, member);
  return spread.tensors == 0 ? "undef" : FormatUnit(spread.median);
}

// Names of groups, without the ".weight" that nearly all end in where that leaves them apart.
std::vector<std::string> NamesOf(const std::vector<GroupSummary>& groups) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const GroupSummary& group : groups) taken.insert(GroupName(group));
  for (const GroupSummary& group : groups) {
    constexpr std::string_view kEnding = ".weight";
    std::string name = GroupName(group);
    if (name.ends_with(kEnding) && name.size() > kEnding.size()) {
      const std::string stem = name.substr(0, name.size() - kEnding.size());
      if (!taken.contains(stem)) name = stem;
    }
    names.push_back(Printable(name));
  }
  return names;
}

// Correlation with a reference model: of A's and B's the one farther from none.
std::string ReferenceText(const std::vector<const Comparison*>& of_both, Groups groups,
                          const GroupSummary& like) {
  std::optional<double> farthest;
  for (const Comparison* const comparison : of_both) {
    const GroupSummary* const group = GroupLike(comparison->*groups, like);
    if (group == nullptr) continue;
    const MetricSpread& spread = SpreadOf(*group, &PairMetrics::pearson_correlation);
    if (spread.tensors > 0 && (!farthest || std::abs(spread.median) > std::abs(*farthest))) {
      farthest = spread.median;
    }
  }
  return farthest ? FormatUnit(*farthest) : "-";
}

// Comparisons with each reference model: A's and B's.
std::map<InputId, std::vector<const Comparison*>> ReferencesOf(
    const std::vector<Comparison>& controls) {
  std::map<InputId, std::vector<const Comparison*>> references;
  for (const Comparison& control : controls) references[control.input_b].push_back(&control);
  return references;
}

// A group of tensors that were compared, and its name.
struct NamedGroup {
  const GroupSummary* group;
  std::string name;
};

// At most `most`; of more, those that differ most, and these first.
std::vector<NamedGroup> ListedGroups(const std::vector<GroupSummary>& groups, std::size_t most) {
  const std::vector<std::string> names = NamesOf(groups);
  std::vector<NamedGroup> listed;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (groups[i].tensors > 0) listed.push_back({&groups[i], names[i]});
  }
  if (listed.size() <= most) return listed;
  std::ranges::stable_sort(listed, std::ranges::greater(), [](const NamedGroup& of) {
    const MetricSpread& change = SpreadOf(*of.group, &PairMetrics::rel_l2_a);
    return change.tensors == 0 ? -1 : change.median;
  });
  listed.resize(most);
  return listed;
}

FittedTable TableOf(const Drawing& drawing, const std::vector<NamedGroup>& listed,
                    const std::vector<Comparison>& controls, Groups groups,
                    const std::string& title) {
  const auto references = ReferencesOf(controls);
  std::vector<FittedColumn> columns = {
      {title}, {"tensors", 5}, {"cosine", 6}, {"by chance", 7}, {"correlation", 1}};
  for (const auto& [input, _] : references) {
    columns.push_back(
        {Shortened(drawing.names.Of(input), kHeaderColumns), columns.size() == 5 ? 2 : 8});
  }
  columns.insert(columns.end(), {{"differs by", 3}, {"identical", 4}});
  FittedTable table(columns);
  for (const auto& [of, name] : listed) {
    const GroupSummary& group = *of;
    const MetricSpread& change = SpreadOf(group, &PairMetrics::rel_l2_a);
    std::vector<std::string> row = {name, FormatCount(group.tensors),
                                    UnitText(group, &PairMetrics::cosine_similarity),
                                    UnitText(group, &PairMetrics::shuffled_cosine),
                                    UnitText(group, &PairMetrics::pearson_correlation)};
    for (const auto& [_, both] : references) row.push_back(ReferenceText(both, groups, group));
    row.insert(row.end(), {change.tensors == 0 ? "undef" : ChangeText(change.median),
                           FormatShare(group.bit_equal, group.elements)});
    table.AddRow(std::move(row));
  }
  return table;
}

// The table of at most `most` groups, and what of it had no room.
std::string GroupsText(const Drawing& drawing, const Comparison& comparison,
                       const std::vector<Comparison>& controls, Groups groups,
                       const std::string& title, std::size_t most = kListedGroups) {
  const auto all = static_cast<std::size_t>(std::ranges::count_if(
      comparison.*groups, [](const auto& group) { return group.tensors > 0; }));
  const FittedTable table = TableOf(drawing, ListedGroups(comparison.*groups, most), controls,
                                    groups, all > most ? "medians of the most changed" : title);
  const std::string text = table.Render(drawing.screen);
  if (text.empty()) return "";
  const std::vector<std::string> left_out = table.LeftOut(drawing.screen);
  if (left_out.empty() && all <= most) return "\n" + text;
  const std::string rows =
      all > most ? fmt::format("And {}", FormatQuantity(all - most, "more row")) : "";
  const std::string columns =
      left_out.empty() ? "" : fmt::format("No room for: {}", fmt::join(left_out, ", "));
  return "\n" + text +
         drawing.screen.style.Dim(
             drawing.Paragraph(fmt::format("{}{}{} (--details has all).", rows,
                                           rows.empty() || columns.empty() ? "" : ". ", columns)));
}

// "3 tensors only in glm-b: x, y and 1 more", a line; "" for none.
std::string NotCompared(const Drawing& drawing, const Comparison& comparison, PairStatus status,
                        const std::string& what) {
  std::vector<std::string> names;
  std::uint64_t count = 0;
  for (const ComparedTensor& tensor : comparison.tensors) {
    if (tensor.status != status || ++count > kNamedTensors) continue;
    const TensorPair& pair = tensor.pair;
    const std::size_t columns = std::min<std::size_t>(kNameColumns, drawing.screen.width - 8);
    std::string name = Shortened(Printable(pair.either().name), columns);
    if (status == PairStatus::kShapeMismatch) {
      name += fmt::format(" {} against {}", ShapeText(pair.a->shape), ShapeText(pair.b->shape));
    }
    names.push_back(std::move(name));
  }
  if (count == 0) return "";
  std::string text =
      fmt::format("{} {}: {}", FormatQuantity(count, "tensor"), what, fmt::join(names, ", "));
  if (count > names.size()) text += fmt::format(" and {} more", FormatCount(count - names.size()));
  return Wrapped(text, {.width = drawing.screen.width, .indent = 4, .label = "  -"});
}

std::string SameText(const ComparisonCounts& counts) {
  const std::uint64_t same = counts.byte_identical;
  if (same == 0) return "None is the same to the bit.";
  if (same == counts.compared) {
    return same == 1 ? "It is the same to the bit." : "All are the same to the bit.";
  }
  return fmt::format("{} of them {} the same to the bit.", FormatCount(same),
                     same == 1 ? "is" : "are");
}

std::string SummaryText(const Drawing& drawing, const Comparison& comparison) {
  const ComparisonCounts& counts = comparison.counts;
  if (counts.compared == 0) return drawing.Paragraph("No pair of tensors could be compared.");
  return drawing.Paragraph(
      fmt::format("{} of tensors, {}. {}", FormatQuantity(counts.compared, "pair"),
                  FormatQuantity(counts.elements, "element"), SameText(counts)));
}

// Medians of a metric over tensors that were compared.
std::optional<double> MedianOf(const Comparison& comparison, Metric PairMetrics::*member) {
  std::vector<double> values;
  for (const ComparedTensor& tensor : comparison.tensors) {
    const Metric& metric = tensor.metrics.*member;
    if (tensor.status == PairStatus::kCompared && metric.defined())
      values.push_back(metric.value());
  }
  return Median(std::move(values));
}

// "Median: differs by 8% of its size, correlation 0.9969 (with glm-b 0.0009)."
std::string TypicalText(const Drawing& drawing, const Comparison& comparison) {
  const auto change = MedianOf(comparison, &PairMetrics::rel_l2_a);
  const auto correlation = MedianOf(comparison, &PairMetrics::pearson_correlation);
  if (!change || !correlation) return "";
  std::string beside;
  for (const auto& [input, both] : ReferencesOf(drawing.results.controls)) {
    std::optional<double> farthest;
    for (const Comparison* const reference : both) {
      const auto value = MedianOf(*reference, &PairMetrics::pearson_correlation);
      if (value && (!farthest || std::abs(*value) > std::abs(*farthest))) farthest = value;
    }
    if (!farthest) continue;
    beside += fmt::format("{}with {} {}", beside.empty() ? " (" : ", ", drawing.names.Of(input),
                          FormatUnit(*farthest));
  }
  return drawing.Paragraph(fmt::format(
      "Median over tensors: differs by {} of its size, correlation {}{}{}.", ChangeText(*change),
      FormatUnit(*correlation), beside, beside.empty() ? "" : ")"));
}

std::string OrderText(const Drawing& drawing, const Comparison& comparison) {
  const auto line = [&](const std::string& text) {
    return Wrapped(text, {.width = drawing.screen.width, .indent = 4, .label = "  -"});
  };
  std::string text;
  if (comparison.paired_by_role) {
    text += line("Names differ: paired by what tensors do, as in a Llama-like decoder.");
  }
  if (comparison.rotary_layout != RotaryLayout::kSame) {
    const bool pairs = comparison.rotary_layout == RotaryLayout::kPairsInB;
    text += line(fmt::format(
        "Rows of queries and keys of {} are in the rotary order of {}: they "
        "were put in the other's.",
        drawing.names.Of(comparison.input_b), pairs ? "Meta and llama.cpp" : "transformers"));
  }
  if (comparison.counts.non_finite > 0) {
    text += line(fmt::format("{} with NaN or infinity: only finite elements were compared.",
                             FormatQuantity(comparison.counts.non_finite, "pair")));
  }
  if (comparison.counts.left_out > 0) {
    const bool within = comparison.input_a == comparison.input_b;
    text += line(fmt::format("{} left out{}.", FormatQuantity(comparison.counts.left_out, "tensor"),
                             within ? ", outside layers or by the filter" : " by the filter"));
  }
  return text;
}

std::string NotesText(const Drawing& drawing, const Comparison& comparison) {
  std::string text = OrderText(drawing, comparison);
  const auto list = [&](PairStatus status, const std::string& what) {
    text += NotCompared(drawing, comparison, status, what);
  };
  list(PairStatus::kShapeMismatch, "of other shapes");
  list(PairStatus::kUnsupportedType, "of types that are not compared");
  list(PairStatus::kPacked, "packed, not read");
  list(PairStatus::kOnlyInA, "only in " + drawing.names.Of(comparison.input_a));
  list(PairStatus::kOnlyInB, "only in " + drawing.names.Of(comparison.input_b));
  return text;
}

std::string WarningsText(const Drawing& drawing) {
  std::string text;
  for (const InputRecord& input : drawing.results.inputs) {
    for (const Said& warning : input.warnings) {
      text += Wrapped(fmt::format("{}: {}", drawing.names.Of(input.id), warning.english),
                      {.width = drawing.screen.width, .indent = 4, .label = "  !"});
    }
  }
  return text;
}

bool DiffersAnywhere(const Comparison& comparison) {
  return comparison.counts.byte_identical < comparison.counts.compared;
}

// The comparison of A and B, with `below` to come.
std::string PairText(const Drawing& drawing, const CompareTextOptions& options,
                     const std::string& below) {
  const Comparison& pair = *drawing.results.pair;
  const TextStyle& style = drawing.screen.style;
  std::string text =
      Wrapped(fmt::format("{} against {}", style.Bold(drawing.names.Of(pair.input_a)),
                          style.Bold(drawing.names.Of(pair.input_b))),
              {.width = drawing.screen.width});
  const bool differs = DiffersAnywhere(pair);
  text += SummaryText(drawing, pair) + (differs ? TypicalText(drawing, pair) : "");
  text += NotesText(drawing, pair) + WarningsText(drawing);
  if (!differs) return text;
  const std::vector<Comparison>& controls = drawing.results.controls;
  // Of a screen that has more than this table the length is nobody's.
  const bool alone =
      !options.by_layer && !drawing.results.functional && drawing.results.within.empty();
  const std::size_t around = LinesOf(text) + LinesOf(below) + 3;  // a blank line, the head, no room
  text += GroupsText(drawing, pair, controls, &Comparison::by_role, "medians by role",
                     alone ? RowsBeside(around, kFewestGroups) : kListedGroups);
  if (options.by_layer) {
    text += GroupsText(drawing, pair, controls, &Comparison::by_layer, "medians by layer");
  }
  return text;
}

std::string WithinText(const Drawing& drawing, const Comparison& within) {
  const std::string title =
      fmt::format("Layers of {} against each other", drawing.names.Of(within.input_a));
  return Wrapped(drawing.screen.style.Bold(title), {.width = drawing.screen.width}) +
         SummaryText(drawing, within) + NotesText(drawing, within) +
         GroupsText(drawing, within, {}, &Comparison::by_role, "medians by role");
}

// What the columns mean, where there are any.
std::string LegendText(const Drawing& drawing) {
  const CompareResults& results = drawing.results;
  const bool differs = (results.pair && DiffersAnywhere(*results.pair)) ||
                       std::ranges::any_of(results.within, [](const Comparison& within) {
                         return within.counts.compared > 0;
                       });
  if (!differs) return "";
  std::string text = "correlation: of elements at the same place, near 0 by chance";
  std::vector<std::string> references;
  for (const auto& [input, _] : ReferencesOf(results.controls)) {
    references.push_back(drawing.names.Of(input));
  }
  if (!references.empty()) {
    text += fmt::format("; beside it the larger that {} {} with the two",
                        fmt::join(references, ", "), references.size() == 1 ? "has" : "have");
  }
  text +=
      ". differs by: of the weights' own size. These numbers describe: only modelkin trace tests "
      "for a common origin.";
  if (references.empty() && results.pair) {
    text += " --control MODEL shows an unrelated model beside.";
  }
  return drawing.screen.style.Dim(drawing.Paragraph(text)) +
         drawing.screen.style.Dim(
             drawing.Paragraph("More: --details | --by-layer | --json | --csv"));
}

}  // namespace

void WriteCompareText(const CompareResults& results, const CompareTextOptions& options,
                      const TextSink& sink) {
  if (options.screen.details) return sink(CompareDetails(results, options));
  const Drawing drawing{
      .results = results, .screen = options.screen, .names = InputNames(results.inputs)};
  std::string text;
  const std::string legend = LegendText(drawing);
  if (results.pair) text += PairText(drawing, options, legend);
  for (const Comparison& within : results.within) {
    text += (text.empty() ? "" : "\n") + WithinText(drawing, within);
  }
  if (!results.pair) text += WarningsText(drawing);
  text += legend;
  if (results.functional)
    text += "\n" + FunctionalText(*results.functional, options.screen,
                                  [&](InputId input) { return drawing.names.Of(input); });
  sink(text);
}

}  // namespace modelkin
