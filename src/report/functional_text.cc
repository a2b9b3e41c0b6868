#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "report/fitted_table.h"
#include "report/functional_report.h"
#include "report/wrapped_text.h"
#include "wording/skip_reasons.h"

namespace modelkin {
namespace {

std::string Share(double value, int decimals = 3) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : "-";
}

using NameOfInput = std::function<std::string(InputId)>;

// Columns that all are shown in with details, however wide that is.
Screen TableScreen(Screen screen) {
  constexpr unsigned kUnbounded = 100'000;
  if (screen.details) screen.width = kUnbounded;
  return screen;
}

std::string TableText(const FittedTable& table, const Screen& screen) {
  const Screen wide = TableScreen(screen);
  std::string text = table.Render(wide);
  if (text.empty()) return "";
  const std::vector<std::string> left_out = table.LeftOut(wide);
  if (!left_out.empty()) {
    text += screen.style.Dim(
        Wrapped(fmt::format("No room for: {} (--details has all).", fmt::join(left_out, ", ")),
                {.width = screen.width, .indent = 2}));
  }
  return "\n" + text;
}

// One row a pair: A and B, then each against the controls.
FittedTable SummaryTable(const FunctionalResults& results, const NameOfInput& name_of) {
  FittedTable table({{"pair"},
                     {"positions", 7},
                     {"divergence", 1},
                     {"elsewhere", 5},
                     {"same likeliest", 6},
                     {"CKA", 3},
                     {"router overlap", 4},
                     {"units agree", 2}});
  const auto add = [&](const FunctionalComparison& x) {
    const NextTokenComparison& next = x.next_tokens;
    const bool has_next = next.skipped.empty();
    table.AddRow({fmt::format("{} and {}", name_of(x.input_a), name_of(x.input_b)),
                  FormatCount(x.positions), has_next ? Share(next.divergence) : "-",
                  has_next ? Share(next.divergence_elsewhere) : "-",
                  has_next ? Share(next.same_likeliest) : "-", Share(x.median_best_cka()),
                  Share(x.mean_router_overlap()), Share(x.mean_unit_share())});
  };
  add(results.pair);
  for (const FunctionalComparison& control : results.controls) add(control);
  return table;
}

FittedTable RouterTable(const FunctionalComparison& pair) {
  FittedTable table({{"router of layer"},
                     {"experts", 3},
                     {"overlap", 1},
                     {"by chance", 2},
                     {"in place", 4},
                     {"load correlation", 6},
                     {"co-activation", 5}});
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
  return table;
}

FittedTable UnitTable(const FunctionalComparison& pair) {
  FittedTable table({{"units of layer"}, {"units", 3}, {"agree", 1}, {"by chance", 2}});
  for (const UnitAgreement& layer : pair.units) {
    const std::string name = layer.layer_a == layer.layer_b
                                 ? fmt::format("{}", layer.layer_a)
                                 : fmt::format("{} and {}", layer.layer_a, layer.layer_b);
    if (!layer.skipped.empty()) {
      table.AddRow({name, SkipText(layer.skipped), "", ""});
      continue;
    }
    table.AddRow({name, FormatCount(std::min(layer.units_a, layer.units_b)),
                  FormatCount(layer.agreed), fmt::format("{:.1f}", layer.expected)});
  }
  return table;
}

std::string CkaText(const LayerCka& cka) {
  if (!cka.skipped.empty()) return fmt::format("CKA of layers: {}", SkipText(cka.skipped));
  return fmt::format(
      "CKA of layers over {}: p of the largest {:.3g}, by {} random orders of texts; any two "
      "models "
      "that know the language have as small a one (--json has all pairs)",
      FormatQuantity(cka.texts, "text"), cka.p_of_largest, FormatCount(cka.draws));
}

}  // namespace

std::string FunctionalText(const FunctionalResults& results, const Screen& screen,
                           const NameOfInput& name_of) {
  const FunctionalComparison& pair = results.pair;
  const auto paragraph = [&](const std::string& text) {
    return Wrapped(text, {.width = screen.width, .indent = 2});
  };
  std::string text = screen.style.Bold("What they do with the same texts") + "\n";
  text += paragraph(fmt::format("{}, {} and {} tokens; tokens of both end at {} positions",
                                FormatQuantity(pair.texts, "text"), FormatCount(pair.tokens_a),
                                FormatCount(pair.tokens_b), FormatCount(pair.aligned)));
  text += paragraph(CkaText(pair.cka));
  if (!pair.next_tokens.skipped.empty()) {
    text += paragraph(fmt::format("next tokens: {}", SkipText(pair.next_tokens.skipped)));
  }
  text += TableText(SummaryTable(results, name_of), screen);
  text += TableText(RouterTable(pair), screen) + TableText(UnitTable(pair), screen);
  return text + "\n" +
         screen.style.Dim(paragraph(
             "divergence: Jensen-Shannon, in bits, of next-token probabilities; elsewhere: at two "
             "different places. CKA: median over the second model's layers of the largest to any "
             "of "
             "the first's. units agree: share that two matchings by activations give the same "
             "partner. Models that learned the same language do much alike: these are "
             "descriptions, "
             "to be seen beside reference models (--control), and no evidence of a common "
             "origin."));
}

}  // namespace modelkin
