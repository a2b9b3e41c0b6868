#include "report/functional_report.h"
#include "report/markdown_text.h"
#include "report/text_table.h"

namespace modelkin {
namespace {

std::vector<std::string> SummaryRow(const FunctionalComparison& pair) {
  const NextTokenComparison& next = pair.next_tokens;
  const auto of_next = [&](double value) {
    return next.skipped.empty() ? NumberText(value) : std::string("-");
  };
  return {pair.input_a.Name() + ", " + pair.input_b.Name(),
          of_next(next.divergence),
          of_next(next.divergence_elsewhere),
          of_next(next.same_likeliest),
          NumberText(pair.median_best_cka()),
          NumberText(pair.mean_router_overlap()),
          NumberText(pair.mean_unit_share())};
}

}  // namespace

std::string FunctionalMarkdown(const FunctionalResults& functional) {
  const FunctionalComparison& pair = functional.pair;
  MarkdownRows rows = {SummaryRow(pair)};
  for (const FunctionalComparison& control : functional.controls) {
    rows.push_back(SummaryRow(control));
  }
  std::string text =
      "What they do with the same " + FormatQuantity(pair.texts, "text") +
      ". Models that learned the same language do much alike: these are descriptions, to be "
      "seen beside controls, and no evidence of a common origin.\n\n";
  text += MarkdownTable({"pair", "divergence (bits)", "elsewhere", "same likeliest token",
                         "CKA of layers", "router overlap", "units that agree"},
                        rows);
  MarkdownRows routers;
  for (const RouterOverlap& router : pair.routers) {
    routers.push_back({NumberText(router.layer_a), NumberText(router.layer_b),
                       NumberText(router.overlap), NumberText(router.overlap_by_chance),
                       NumberText(router.load_correlation),
                       NumberText(router.coactivation_correlation)});
  }
  if (!routers.empty()) {
    text += MarkdownTable({"router of A's layer", "of B's", "overlap", "by chance",
                           "load correlation", "co-activation correlation"},
                          routers);
  }
  return text;
}

}  // namespace modelkin
