#include <fmt/format.h>

#include <cmath>

#include "report/functional_report.h"

namespace modelkin {
namespace {

std::string Share(double value, int decimals = 3) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : "-";
}

std::string NameOf(InputId input) {
  return input.role == InputRole::kControl ? input.Name() : input.Label();
}

// One row a pair: A and B, then each against the controls.
std::string SummaryTable(const FunctionalResults& results, const TextStyle& style) {
  TextTable table({"pair", "positions", "divergence", "elsewhere", "same likeliest", "CKA",
                   "router overlap", "units agree"});
  const auto add = [&](const FunctionalComparison& x) {
    const NextTokenComparison& next = x.next_tokens;
    const bool has_next = next.skipped.empty();
    table.AddRow({fmt::format("{} and {}", NameOf(x.input_a), NameOf(x.input_b)),
                  FormatCount(x.positions), has_next ? Share(next.divergence) : "-",
                  has_next ? Share(next.divergence_elsewhere) : "-",
                  has_next ? Share(next.same_likeliest) : "-", Share(x.median_best_cka()),
                  Share(x.mean_router_overlap()), Share(x.mean_unit_share())});
  };
  add(results.pair);
  for (const FunctionalComparison& control : results.controls) add(control);
  return table.Render(style);
}

std::string RouterTable(const FunctionalComparison& pair, const TextStyle& style) {
  TextTable table({"router of layer", "experts", "overlap", "by chance", "in place",
                   "load correlation", "co-activation"});
  for (const RouterOverlap& router : pair.routers) {
    const auto or_none = [](const std::optional<double>& value) {
      return value ? fmt::format("{:.3f}", *value) : std::string("-");
    };
    table.AddRow({router.layer_a == router.layer_b
                      ? fmt::format("{}", router.layer_a)
                      : fmt::format("{} and {}", router.layer_a, router.layer_b),
                  router.experts_a == router.experts_b
                      ? fmt::format("{}", router.experts_a)
                      : fmt::format("{} and {}", router.experts_a, router.experts_b),
                  Share(router.overlap), Share(router.overlap_by_chance),
                  or_none(router.overlap_in_place), or_none(router.load_correlation),
                  or_none(router.coactivation_correlation)});
  }
  return table.Render(style);
}

std::string UnitTable(const FunctionalComparison& pair, const TextStyle& style) {
  TextTable table({"units of layer", "units", "agree", "by chance"});
  for (const UnitAgreement& layer : pair.units) {
    const std::string name = layer.layer_a == layer.layer_b
                                 ? fmt::format("{}", layer.layer_a)
                                 : fmt::format("{} and {}", layer.layer_a, layer.layer_b);
    if (!layer.skipped.empty()) {
      table.AddRow({name, layer.skipped, "", ""});
      continue;
    }
    table.AddRow({name, FormatCount(std::min(layer.units_a, layer.units_b)),
                  FormatCount(layer.agreed), fmt::format("{:.1f}", layer.expected)});
  }
  return table.Render(style);
}

std::string CkaText(const LayerCka& cka) {
  if (!cka.skipped.empty()) return fmt::format("  CKA of layers: {}\n", cka.skipped);
  return fmt::format(
      "  CKA of layers over {}: p of the largest {:.3g}, by {} random orders of texts; any two "
      "models "
      "that\n  know the language have as small a one (--json has all pairs)\n",
      FormatQuantity(cka.texts, "text"), cka.p_of_largest, FormatCount(cka.draws));
}

}  // namespace

std::string FunctionalText(const FunctionalResults& results, const TextStyle& style) {
  const FunctionalComparison& pair = results.pair;
  std::string text = style.Bold("What they do with the same texts") + "\n";
  text += fmt::format("  {}, {} and {} tokens; tokens of both end at {} positions\n",
                      FormatQuantity(pair.texts, "text"), FormatCount(pair.tokens_a),
                      FormatCount(pair.tokens_b), FormatCount(pair.aligned));
  text += CkaText(pair.cka);
  if (!pair.next_tokens.skipped.empty()) {
    text += fmt::format("  next tokens: {}\n", pair.next_tokens.skipped);
  }
  text += "\n" + SummaryTable(results, style);
  for (const std::string& table : {RouterTable(pair, style), UnitTable(pair, style)}) {
    if (!table.empty()) text += "\n" + table;
  }
  text += "\n" +
          style.Dim(
              "divergence: Jensen-Shannon, in bits, of next-token probabilities; elsewhere: "
              "at two different places.\n"
              "CKA: median over B's layers of the largest to any of A's. units agree: share "
              "that two matchings\n"
              "by activations give the same partner. Models that learned the same language "
              "do much alike: these\n"
              "are descriptions, to be seen beside controls (--control), and no evidence of "
              "a common origin.") +
          "\n";
  return text;
}

}  // namespace modelkin
