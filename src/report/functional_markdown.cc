#include <nlohmann/json.hpp>

#include "report/functional_report.h"
#include "report/markdown_text.h"
#include "report/text_table.h"

namespace modelkin {
namespace {

using nlohmann::json;

std::vector<std::string> SummaryRow(const json& pair) {
  const json& next = At(pair, "next_tokens");
  return {TextOf(At(pair, "a")) + ", " + TextOf(At(pair, "b")),
          NumberText(At(next, "divergence_bits")),
          NumberText(At(next, "divergence_bits_elsewhere")),
          NumberText(At(next, "same_likeliest")),
          NumberText(At(pair, "median_best_cka")),
          NumberText(At(pair, "mean_router_overlap")),
          NumberText(At(pair, "mean_unit_share"))};
}

std::string TextCount(const json& texts) {
  return texts.is_number_unsigned() ? FormatQuantity(texts.get<std::uint64_t>(), "text") : "texts";
}

}  // namespace

std::string FunctionalMarkdown(const json& functional) {
  const json& pair = At(functional, "pair");
  if (!pair.is_object()) return "";
  MarkdownRows rows = {SummaryRow(pair)};
  for (const json& control : At(functional, "controls")) rows.push_back(SummaryRow(control));
  std::string text =
      "What they do with the same " + TextCount(At(pair, "texts")) +
      ". Models that learned the same language do much alike: these are descriptions, to be "
      "seen beside controls, and no evidence of a common origin.\n\n";
  text += MarkdownTable({"pair", "divergence (bits)", "elsewhere", "same likeliest token",
                         "CKA of layers", "router overlap", "units that agree"},
                        rows);
  MarkdownRows routers;
  for (const json& router : At(pair, "routers")) {
    routers.push_back({NumberText(At(router, "layer_a")), NumberText(At(router, "layer_b")),
                       NumberText(At(router, "overlap")),
                       NumberText(At(router, "overlap_by_chance")),
                       NumberText(At(router, "load_correlation")),
                       NumberText(At(router, "coactivation_correlation"))});
  }
  if (!routers.empty()) {
    text += MarkdownTable({"router of A's layer", "of B's", "overlap", "by chance",
                           "load correlation", "co-activation correlation"},
                          routers);
  }
  return text;
}

}  // namespace modelkin
