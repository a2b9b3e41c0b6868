#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/escaped_text.h"
#include "report/change_bars.h"
#include "report/change_text.h"
#include "report/diff_details.h"
#include "report/first_screen.h"
#include "report/wrapped_text.h"
#include "requests/short_names.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

constexpr std::size_t kFewestBars = 5;
constexpr std::size_t kFirstMatches = 5;
constexpr std::size_t kModelNameColumns = 36;  // in a sentence

// Why there is no change in numbers.
std::string NoteOf(const TensorDiff& tensor, const std::vector<std::string>& names) {
  const TensorPair& pair = tensor.pair;
  if (pair.one_sided()) return "only in " + names[pair.a == nullptr ? 1 : 0];
  if (!pair.same_shape()) {
    return fmt::format("shape {} against {}", ShapeText(pair.a->shape), ShapeText(pair.b->shape));
  }
  const std::string type_a = TypeText(*pair.a), type_b = TypeText(*pair.b);
  return type_a == type_b ? "bytes differ" : fmt::format("type {} against {}", type_a, type_b);
}

std::vector<std::string> NamesOf(const DiffResults& results) {
  std::vector<std::string> names =
      PrintableNames({results.inputs.at(0).path, results.inputs.at(1).path});
  for (std::string& name : names) name = Shortened(name, kModelNameColumns);
  return names;
}

// Those that differ: by the size of their change, then those that have none in numbers.
std::vector<const TensorDiff*> ChangedTensors(const ByteDiff& diff) {
  std::vector<const TensorDiff*> changed;
  for (const TensorDiff& tensor : diff.tensors) {
    if (!tensor.identical) changed.push_back(&tensor);
  }
  std::ranges::stable_sort(changed, std::ranges::greater(), [](const TensorDiff* tensor) {
    return tensor->relative_change.value_or(-1);
  });
  return changed;
}

std::string BarsText(const DiffResults& results, std::size_t most, const Screen& screen) {
  const std::vector<const TensorDiff*> changed = ChangedTensors(results.diff);
  const std::vector<std::string> names = NamesOf(results);
  std::vector<ChangeBar> bars;
  for (std::size_t i = 0; i < std::min(changed.size(), most); ++i) {
    const TensorDiff& tensor = *changed[i];
    bars.push_back({.name = Printable(tensor.pair.either().name),
                    .change = tensor.relative_change,
                    .note = tensor.relative_change ? "" : NoteOf(tensor, names)});
  }
  std::string text = ChangeBars(bars, screen);
  if (changed.size() > bars.size()) {
    text += Wrapped(fmt::format("and {} more (--stat sums up, --json lists all)",
                                FormatCount(changed.size() - bars.size())),
                    {.width = screen.width, .indent = 1});
  }
  return text.empty() ? text : "\n" + text;
}

std::string ElsewhereText(const DiffResults& results, const Screen& screen) {
  const std::vector<ContentMatch>& found = results.diff.elsewhere;
  if (found.empty()) return "";
  const std::vector<std::string> names = NamesOf(results);
  std::string text =
      "\n" + Wrapped(fmt::format("Bytes of {} of {} that {} has under other names",
                                 FormatQuantity(found.size(), "tensor"), names[0], names[1]),
                     {.width = screen.width, .indent = 1});
  for (std::size_t i = 0; i < std::min(found.size(), kFirstMatches); ++i) {
    const std::size_t half = (screen.width - 6) / 2;
    const std::string more =
        found[i].b.size() > 1 ? fmt::format(" and {} more", found[i].b.size() - 1) : "";
    text += fmt::format("  {} -> {}{}\n", Shortened(Printable(found[i].a->name), half),
                        Shortened(Printable(found[i].b.front()->name), half - more.size()), more);
  }
  if (found.size() > kFirstMatches) {
    text += fmt::format("  and {} more (--details)\n", FormatCount(found.size() - kFirstMatches));
  }
  return text;
}

// The middle of the changes in numbers.
std::string TypicalChange(const ByteDiff& diff) {
  std::vector<double> changes;
  for (const TensorDiff& tensor : diff.tensors) {
    if (!tensor.identical && tensor.relative_change) changes.push_back(*tensor.relative_change);
  }
  const auto middle = Median(changes);
  if (!middle) return "";
  return fmt::format(", by {} of {}", ChangeText(*middle),
                     changes.size() == 1 ? "its size" : "their size (median)");
}

std::string CountsText(const DiffResults& results) {
  const std::vector<std::string> names = NamesOf(results);
  std::uint64_t only_a = 0, only_b = 0;
  for (const TensorDiff& tensor : results.diff.tensors) {
    only_a += tensor.pair.b == nullptr ? 1 : 0;
    only_b += tensor.pair.a == nullptr ? 1 : 0;
  }
  const std::uint64_t pairs = results.diff.tensors.size() - only_a - only_b;
  const std::uint64_t identical = results.diff.identical_count();
  std::string text =
      identical == pairs && pairs > 0
          ? fmt::format("{} identical to the bit",
                        pairs == 1 ? "The one tensor of both is"
                                   : fmt::format("All {} tensors of both are", FormatCount(pairs)))
          : fmt::format("{} of {} changed{}", FormatCount(pairs - identical),
                        FormatQuantity(pairs, "tensor"), TypicalChange(results.diff));
  if (identical < pairs && identical > 0) {
    text += fmt::format("; {} identical to the bit", FormatCount(identical));
  }
  if (only_a > 0) text += fmt::format("; {} only in {}", FormatCount(only_a), names[0]);
  if (only_b > 0) text += fmt::format("; {} only in {}", FormatCount(only_b), names[1]);
  if (results.diff.left_out > 0) {
    text += fmt::format("; {} left out by the filter", FormatCount(results.diff.left_out));
  }
  return text + ".";
}

bool TypesDiffer(const ByteDiff& diff) {
  return std::ranges::any_of(diff.tensors, [](const TensorDiff& tensor) {
    return tensor.pair.same_shape() && !tensor.identical && !tensor.relative_change &&
           TypeText(*tensor.pair.a) != TypeText(*tensor.pair.b);
  });
}

std::string MoreText(const DiffResults& results, const Screen& screen) {
  if (results.diff.all_identical()) return "";
  const std::string more = "More: --stat | --details | --json";
  const std::string types = TypesDiffer(results.diff)
                                ? "Types differ: --by-value compares what is stored as values. "
                                : "";
  return screen.style.Dim(Wrapped(types + more, {.width = screen.width, .indent = 1}));
}

}  // namespace

std::string DiffHead(const DiffResults& results, const Screen& screen) {
  const std::vector<std::string> names = NamesOf(results);
  std::string text =
      Wrapped(fmt::format("{} -> {}", screen.style.Bold(names[0]), screen.style.Bold(names[1])),
              {.width = screen.width});
  text += Wrapped(CountsText(results), {.width = screen.width, .indent = 1});
  for (const InputRecord& input : results.inputs) {
    for (const Said& warning : input.warnings) {
      const bool is_a = input.id == results.inputs.front().id;
      text += Wrapped(fmt::format("{}: {}", names[is_a ? 0 : 1], warning.english),
                      {.width = screen.width, .indent = 3, .label = " !"});
    }
  }
  return text;
}

void WriteDiffText(const DiffResults& results, const Screen& screen, const TextSink& sink) {
  if (screen.details) return sink(DiffDetails(results, screen.style));
  const std::string head = DiffHead(results, screen), elsewhere = ElsewhereText(results, screen);
  const std::string more = MoreText(results, screen);
  const std::size_t around = LinesOf(head) + LinesOf(elsewhere) + LinesOf(more) + 2;
  sink(head + BarsText(results, RowsBeside(around, kFewestBars), screen) + elsewhere + more);
}

}  // namespace modelkin
