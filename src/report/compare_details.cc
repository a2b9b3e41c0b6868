#include "report/compare_details.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/byte_amount.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "base/progress.h"
#include "report/functional_report.h"
#include "report/group_summaries.h"
#include "report/text_table.h"
#include "report/wrapped_text.h"

namespace modelkin {
namespace {

constexpr std::size_t kListedNames = 5;
constexpr std::size_t kRoleWidth = 56;

std::string MedianText(const GroupSummary& group, Metric PairMetrics::*member) {
  const MetricSpread& spread = SpreadOf(group, member);
  return spread.tensors == 0 ? "undef" : FormatUnit(spread.median);
}

std::string Range(const GroupSummary& group, Metric PairMetrics::*member) {
  const MetricSpread& spread = SpreadOf(group, member);
  if (spread.tensors <= 1) return "";
  return fmt::format("{} .. {}", FormatUnit(spread.lowest), FormatUnit(spread.highest));
}

std::string Relative(const GroupSummary& group, Metric PairMetrics::*member) {
  const MetricSpread& spread = SpreadOf(group, member);
  return spread.tensors == 0 ? "undef" : fmt::format("{:.3g}", spread.median);
}

using Groups = std::vector<GroupSummary> Comparison::*;

std::string GroupTable(const Comparison& comparison, const std::vector<Comparison>& controls,
                       Groups groups, const std::string& title, const TextStyle& style) {
  std::vector<std::string> header = {title, "tensors", "cosine", "shuffled", "pearson"};
  for (const Comparison& control : controls) {
    header.push_back(
        fmt::format("pearson {}~{}", control.input_a.Label(), control.input_b.Label()));
  }
  header.insert(header.end(), {"pearson min .. max", "|a-b|/|a|", "identical"});
  TextTable table(header);
  for (const GroupSummary& group : comparison.*groups) {
    if (group.tensors == 0) continue;
    std::vector<std::string> row = {Shortened(Printable(GroupName(group)), kRoleWidth),
                                    FormatCount(group.tensors),
                                    MedianText(group, &PairMetrics::cosine_similarity),
                                    MedianText(group, &PairMetrics::shuffled_cosine),
                                    MedianText(group, &PairMetrics::pearson_correlation)};
    for (const Comparison& control : controls) {
      const GroupSummary* const other = GroupLike(control.*groups, group);
      row.push_back(other != nullptr ? MedianText(*other, &PairMetrics::pearson_correlation) : "-");
    }
    row.insert(row.end(), {Range(group, &PairMetrics::pearson_correlation),
                           Relative(group, &PairMetrics::rel_l2_a),
                           FormatShare(group.bit_equal, group.elements)});
    table.AddRow(std::move(row));
  }
  return table.Render(style);
}

std::string InputLine(const InputRecord& input) {
  std::string types;
  for (const auto& [dtype, bytes] : input.bytes_by_dtype) {
    types += (types.empty() ? ", " : " ") + dtype;
  }
  return fmt::format("  {:<3} {}  ({}, {}, {}{})\n", input.id.Label(), Printable(input.path, 1024),
                     FormatQuantity(input.tensors, "tensor"),
                     FormatQuantity(input.elements, "element"), FormatBytes(input.bytes), types);
}

// "only in A (3): x, y, z", or "" for none.
std::string NameList(const Comparison& comparison, PairStatus status, const std::string& title) {
  std::vector<std::string> names;
  std::uint64_t count = 0;
  for (const ComparedTensor& tensor : comparison.tensors) {
    if (tensor.status != status || ++count > kListedNames) continue;
    const TensorPair& pair = tensor.pair;
    names.push_back(Printable(pair.either().name));
    if (status == PairStatus::kShapeMismatch) {
      names.back() +=
          fmt::format(" {} against {}", ShapeText(pair.a->shape), ShapeText(pair.b->shape));
    }
    if (status == PairStatus::kPacked) {
      names.back() += fmt::format(" {} against {}", CodingName(pair.a->stored.coding),
                                  CodingName(pair.b->stored.coding));
    }
  }
  if (count == 0) return "";
  std::string text = fmt::format("  {} {}:\n", FormatCount(count), title);
  for (const std::string& name : names) text += "      " + name + "\n";
  if (count > names.size())
    text += fmt::format("      and {} more\n", FormatCount(count - names.size()));
  return text;
}

std::string Summary(const Comparison& comparison) {
  const ComparisonCounts& counts = comparison.counts;
  std::string text =
      fmt::format("  {} compared ({}), {} of them byte-identical\n",
                  FormatQuantity(counts.compared, "tensor pair"),
                  FormatQuantity(counts.elements, "element"), FormatCount(counts.byte_identical));
  if (comparison.paired_by_role) {
    text += "  paired by role: names differ, so both sides go by those of a Llama-like decoder\n";
  }
  if (comparison.rotary_layout != RotaryLayout::kSame) {
    const bool pairs = comparison.rotary_layout == RotaryLayout::kPairsInB;
    text += fmt::format(
        "  rows of queries and keys are in {} rotary order in B, in {} in A: compared in A's\n",
        pairs ? "Meta's and llama.cpp's" : "transformers'",
        pairs ? "transformers'" : "Meta's and llama.cpp's");
  }
  if (counts.non_finite > 0) {
    text += fmt::format("  {} with NaN or infinity, compared over the finite elements only\n",
                        FormatQuantity(counts.non_finite, "pair"));
  }
  if (counts.left_out > 0) {
    const bool within = comparison.input_a == comparison.input_b;
    text += fmt::format("  {} left out{}\n", FormatQuantity(counts.left_out, "tensor"),
                        within ? ", outside layers or by the filter" : " by the filter");
  }
  text += NameList(comparison, PairStatus::kShapeMismatch, "not comparable, shapes differ");
  text += NameList(comparison, PairStatus::kUnsupportedType, "not comparable, element type");
  text += NameList(comparison, PairStatus::kPacked, "packed: not read");
  text += NameList(comparison, PairStatus::kOnlyInA, "only in " + comparison.input_a.Label());
  text += NameList(comparison, PairStatus::kOnlyInB, "only in " + comparison.input_b.Label());
  return text;
}

std::string OwnParagraph(const std::string& table) { return table.empty() ? "" : "\n" + table; }

std::string WithinTables(const CompareResults& results, const TextStyle& style) {
  std::string text;
  for (const Comparison& within : results.within) {
    const std::string title =
        fmt::format("Layers of {} against each other", within.input_a.Label());
    text += "\n" + style.Bold(title) + "\n" + Summary(within) +
            OwnParagraph(GroupTable(within, {}, &Comparison::by_role, "role", style));
  }
  return text;
}

bool AnyCompared(const CompareResults& results) {
  return (results.pair && results.pair->counts.compared > 0) ||
         std::ranges::any_of(results.within,
                             [](const Comparison& within) { return within.counts.compared > 0; });
}

}  // namespace

std::string CompareDetails(const CompareResults& results, const CompareTextOptions& options) {
  const TextStyle& style = options.screen.style;
  std::string text = style.Bold("Inputs") + "\n";
  for (const InputRecord& input : results.inputs) {
    text += InputLine(input);
    for (const Said& warning : input.warnings) text += "      warning: " + warning.english + "\n";
  }
  if (results.pair) {
    text += "\n" + style.Bold("A against B") + "\n" + Summary(*results.pair);
    text += OwnParagraph(
        GroupTable(*results.pair, results.controls, &Comparison::by_role, "role (medians)", style));
    if (options.by_layer) {
      text += OwnParagraph(GroupTable(*results.pair, results.controls, &Comparison::by_layer,
                                      "layer (medians)", style));
    }
  }
  text += WithinTables(results, style);
  if (AnyCompared(results)) {
    text += "\n" +
            style.Dim(
                "shuffled: the cosine that the same values score, on average, in random "
                "order. Only what exceeds\n"
                "it is shared structure, and entries of one matrix are not independent "
                "samples: these are\n"
                "descriptions, not evidence of a common origin. Compare with reference "
                "models (--control, --within).") +
            "\n";
  }
  if (results.functional)
    text += "\n" + FunctionalText(*results.functional, options.screen, [](InputId input) {
              return input.role == InputRole::kControl ? input.Name() : input.Label();
            });
  return text;
}

}  // namespace modelkin
