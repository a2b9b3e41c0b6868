#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/escaped_text.h"
#include "report/merge_report.h"
#include "report/text_table.h"
#include "report/wrapped_text.h"
#include "requests/short_names.h"

namespace modelkin {
namespace {

constexpr std::size_t kListedTensors = 20;

std::string StateText(const MergedTensor& tensor) {
  const MergeCounts& counts = tensor.counts;
  switch (tensor.state) {
    case MergedState::kMerged: return "merged";
    case MergedState::kSkipped: return "not re-executed";
    case MergedState::kEqual: return "equal to the bit";
    case MergedState::kReadOff: return "equal, with kept changes read off";
    case MergedState::kDiffers:
      return fmt::format("{} of elements equal", FormatShare(counts.equal, counts.elements));
    case MergedState::kMissing: return "not in the result";
    case MergedState::kOtherShape: return "of another shape in the result";
    case MergedState::kOtherType: return "of another type in the result";
  }
  return "";
}

std::string DifferenceText(const MergedTensor& tensor) {
  if (tensor.state != MergedState::kDiffers) return "";
  return fmt::format("{:.3g}", tensor.counts.largest_difference);
}

std::string TensorTable(const MergeResults& results, const Screen& screen) {
  TextTable table({"tensor", "", "largest difference"});
  std::size_t listed = 0, left_out = 0;
  for (const MergedTensor& tensor : results.merge.tensors) {
    const bool fine = tensor.state == MergedState::kEqual ||
                      tensor.state == MergedState::kReadOff || tensor.state == MergedState::kMerged;
    if (fine && !screen.details) continue;
    if (listed == kListedTensors && !screen.details) {
      ++left_out;
      continue;
    }
    ++listed;
    const std::string name = Printable(tensor.planned->name);
    table.AddRow(
        {screen.details ? name : Shortened(name, 40), StateText(tensor), DifferenceText(tensor)});
  }
  std::string text = table.Render(screen.style);
  if (left_out > 0) text += fmt::format("  and {} more (--details)\n", FormatCount(left_out));
  return text.empty() ? text : "\n" + text;
}

std::string ComparedSentence(const MergeResults& results) {
  const std::uint64_t all = results.merge.tensors.size();
  const std::uint64_t equal = results.Count(MergedState::kEqual);
  const std::uint64_t read_off = results.Count(MergedState::kReadOff);
  std::string text =
      equal == all ? all == 1
                         ? "The one tensor comes out equal to the bit"
                         : fmt::format("All {} tensors come out equal to the bit", FormatCount(all))
                   : fmt::format("{} of {} equal to the bit", FormatCount(equal),
                                 FormatQuantity(all, "tensor") + " come out");
  if (read_off > 0) {
    text += fmt::format("; {} where the result itself says which changes were kept",
                        FormatCount(read_off));
  }
  const auto add = [&](MergedState state, std::string_view what) {
    if (const std::uint64_t count = results.Count(state); count > 0) {
      text += fmt::format("; {} {}", FormatCount(count), what);
    }
  };
  add(MergedState::kDiffers, "differ");
  add(MergedState::kMissing, "not in the result");
  add(MergedState::kOtherShape, "of another shape");
  add(MergedState::kOtherType, "of another element type");
  add(MergedState::kSkipped, "not re-executed");
  if (!results.merge.only_in_result.empty()) {
    text += fmt::format("; the result has {} that the recipe makes none of",
                        FormatQuantity(results.merge.only_in_result.size(), "tensor"));
  }
  return text + ".";
}

// What equal elements are worth.
std::string TellingSentence(const MergeResults& results) {
  const MergeCounts totals = results.Totals();
  if (results.result_is_a_model) {
    return "The result is itself one of the recipe's models: that it comes out says nothing of how "
           "it was made.";
  }
  if (totals.telling == 0) {
    return "The models have the same elements wherever they were compared: that the result has "
           "them too says nothing of how it was made.";
  }
  return fmt::format("The models differ in {} of {}; of these {} come out equal.",
                     FormatCount(totals.telling), FormatQuantity(totals.elements, "element"),
                     FormatShare(totals.telling_equal, totals.telling));
}

// Shares of changes that were kept, of all tensors.
std::string KeptText(const MergeResults& results) {
  if (!DropsAtRandom(results.recipe.method)) return "";
  const MergeCounts totals = results.Totals();
  std::string text;
  const PlannedTensor* some = nullptr;
  for (const MergedTensor& tensor : results.merge.tensors) {
    if (!tensor.counts.known.empty()) some = tensor.planned;
  }
  if (some == nullptr) return text;
  for (std::size_t i = 0; i < totals.known.size() && i < some->sources.size(); ++i) {
    if (totals.known[i] == 0) continue;
    text += fmt::format("{}{} of the changes of {} that can be told",
                        text.empty() ? "Kept were " : ", ",
                        FormatShare(totals.kept[i], totals.known[i]),
                        Printable(results.names[some->sources[i].model], 64));
  }
  return text.empty() ? text : text + ".";
}

std::string HeadText(const MergeResults& results, const Screen& screen) {
  std::string names;
  for (const std::string& name : PrintableNames(results.names)) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return Wrapped(
      fmt::format("{}: {} of {}", screen.style.Bold(Printable(results.request.recipe, 128)),
                  kRecipeMethodNames[static_cast<std::size_t>(results.recipe.method)], names),
      {.width = screen.width});
}

}  // namespace

void WriteMergeText(const MergeResults& results, const Screen& screen, const TextSink& sink) {
  const TextStyle& style = screen.style;
  const auto say = [&](const std::string& text) {
    if (!text.empty()) sink(Wrapped(text, {.width = screen.width, .indent = 1}));
  };
  sink(HeadText(results, screen));
  if (results.result != nullptr) {
    const bool deviates = results.outcome == MergeOutcome::kDeviates;
    const std::string_view outcome = kMergeOutcomeNames[static_cast<std::size_t>(results.outcome)];
    sink(fmt::format("  {}\n", deviates ? style.Bad(outcome) : style.Good(outcome)));
    say(ComparedSentence(results));
    say(TellingSentence(results));
    say(KeptText(results));
  } else {
    say(fmt::format("{} merged.", FormatQuantity(results.merge.tensors.size(), "tensor")));
  }
  for (const std::string& warning : results.plan->warnings) say(style.Partly(warning));
  sink(TensorTable(results, screen));
}

}  // namespace modelkin
