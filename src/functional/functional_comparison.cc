#include "functional/functional_comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_map>

namespace modelkin {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::vector<SharedToken> SharedTokens(const FunctionalSide& a, const FunctionalSide& b) {
  std::unordered_map<std::string_view, std::uint64_t> of_a;
  for (std::uint64_t id = 0; id < a.token_bytes.size() && id < a.model->vocabulary(); ++id) {
    if (!a.token_bytes[id].empty()) of_a.emplace(a.token_bytes[id], id);
  }
  std::vector<SharedToken> shared;
  for (std::uint64_t id = 0; id < b.token_bytes.size() && id < b.model->vocabulary(); ++id) {
    const auto found = of_a.find(b.token_bytes[id]);
    if (found == of_a.end()) continue;
    shared.push_back({found->second, id});
    of_a.erase(found);  // a second token of the same bytes has no partner left
  }
  return shared;
}

}  // namespace

double FunctionalComparison::median_best_cka() const {
  std::vector<double> best;
  for (std::size_t b = 0; b < cka.columns; ++b) {
    double largest = -std::numeric_limits<double>::infinity();
    for (std::size_t a = 0; a < cka.rows; ++a) {
      if (cka.At(a, b) > largest) largest = cka.At(a, b);
    }
    if (std::isfinite(largest)) best.push_back(largest);
  }
  if (best.empty()) return kNone;
  std::ranges::sort(best);
  return (best[(best.size() - 1) / 2] + best[best.size() / 2]) / 2;
}

double FunctionalComparison::mean_router_overlap() const {
  double sum = 0;
  for (const RouterOverlap& router : routers) sum += router.overlap;
  return routers.empty() ? kNone : sum / static_cast<double>(routers.size());
}

double FunctionalComparison::mean_unit_share() const {
  double sum = 0, layers = 0;
  for (const UnitAgreement& layer : units) {
    if (!layer.skipped.empty()) continue;
    sum += layer.share();
    layers += 1;
  }
  return layers == 0 ? kNone : sum / layers;
}

FunctionalComparison CompareFunctions(const FunctionalSide& a, const FunctionalSide& b,
                                      const FunctionalOptions& options) {
  const std::vector<RowPair> aligned = AlignTokens(a.parts, b.parts);
  const std::vector<RowPair> pairs = SpreadOver(aligned, kMostPositions);
  return {.input_a = a.input,
          .input_b = b.input,
          .texts = a.texts.size(),
          .tokens_a = a.record.rows(),
          .tokens_b = b.record.rows(),
          .aligned = aligned.size(),
          .positions = pairs.size(),
          .cka = CompareLayers(a.record, b.record, options.draws, options.seed, options.threads),
          .next_tokens =
              CompareNextTokens(*a.model, a.record, *b.model, b.record, pairs, SharedTokens(a, b)),
          .routers = CompareRouters(a.record, b.record, pairs, options.threads),
          .units = CompareUnits(a.record, b.record, pairs, options.threads)};
}

}  // namespace modelkin
