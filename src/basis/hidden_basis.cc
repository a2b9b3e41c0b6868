#include "basis/hidden_basis.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "basis/layer_basis.h"
#include "basis/token_rows.h"
#include "fingerprint/coordinate_matching.h"
#include "linalg/svd.h"

namespace modelkin {
namespace {

// Enough for a fit: more rows cost more than they tell.
constexpr std::uint64_t kRowsForEachCoordinate = 2;
constexpr std::uint64_t kFewestBasisRows = 64;  // in a half
constexpr std::size_t kRowsAtOnce = 2048;
// A permutation with this share of a rotation's cosine is what was done: it has no freedom to
// follow anything else.
constexpr double kPermutationShare = 0.9;
// Mean cosines of what was held out: tokens that tell enough, and layers that do. Those of
// strangers' layers are at most 0.02 on the models of docs/kinship.md, those of relatives at least
// 0.39.
constexpr double kSureByTokens = 0.9, kSureByLayers = 0.25;

ResidualMap BestPermutation(const RowPairs& rows, const std::vector<double>& products,
                            unsigned threads) {
  CoordinateMatch match = MatchCoordinates(rows.a, rows.b, rows.widths, products, threads);
  return PermutationMap(rows.widths.a, std::move(match.source), std::move(match.sign));
}

// Mean cosine of A's rows, mapped, with B's.
double MeanCosine(const RowPairs& rows, const ResidualMap& map) {
  double sum = 0;
  for (std::size_t first = 0; first < rows.count(); first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, rows.count() - first);
    const auto begin = rows.a.begin() + static_cast<std::ptrdiff_t>(first * rows.widths.a);
    std::vector<float> mapped(begin, begin + static_cast<std::ptrdiff_t>(count * rows.widths.a));
    map.ApplyToRows(mapped, count);
    // Coordinates may have been left out.
    if (map.dropped() > 0) ScaleToNormOne(mapped, 0, map.width);
    const float* const b = rows.b.data() + first * rows.widths.b;
    for (std::size_t i = 0; i < mapped.size(); ++i) sum += static_cast<double>(mapped[i]) * b[i];
  }
  return sum / static_cast<double>(rows.count());
}

std::optional<ResidualMap> BestRotation(std::vector<double> products, std::size_t width) {
  const auto rotation = NearestOrthogonal(std::move(products), width);
  if (!rotation) return std::nullopt;
  return RotationMap(*rotation, width);
}

HiddenBasis FitToTokens(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                        std::uint64_t seed, unsigned threads) {
  HiddenBasis basis{.skipped = WhyNoTokenRows(a, b)};
  if (!basis.skipped.empty()) return basis;
  const CoordinateCounts widths{*a.residual, *b.residual};
  const std::uint64_t most = kRowsForEachCoordinate * std::max(widths.a, widths.b);
  RowPairs fitted{.widths = widths}, held_out = fitted;
  AddTokenRows(a, b, tokens, 0, most, fitted);
  AddTokenRows(a, b, tokens, 1, most, held_out);
  basis.fitted = fitted.count();
  basis.held_out = held_out.count();
  if (std::min(basis.fitted, basis.held_out) < kFewestBasisRows) {
    basis.skipped = "too few tokens in common";
    return basis;
  }
  const std::vector<double> products = OuterProducts(fitted.a, fitted.b, widths, threads);
  ResidualMap map = BestPermutation(fitted, products, threads);
  basis.cosine = MeanCosine(held_out, map);
  if (basis.cosine < kPermutationShare && widths.a == widths.b) {
    auto rotation = BestRotation(products, widths.a);
    const double cosine = rotation ? MeanCosine(held_out, *rotation) : 0;
    if (basis.cosine < kPermutationShare * cosine) {
      map = std::move(*rotation);
      basis.cosine = cosine;
    }
  }
  const RowPairs shuffled = WithShuffledPartners(fitted, seed);
  const std::vector<double> shuffled_products =
      OuterProducts(shuffled.a, shuffled.b, widths, threads);
  const std::optional<ResidualMap> null_map =
      map.is_permutation() ? BestPermutation(shuffled, shuffled_products, threads)
                           : BestRotation(shuffled_products, widths.a);
  if (null_map) basis.shuffled_cosine = MeanCosine(held_out, *null_map);
  basis.map = std::make_shared<const ResidualMap>(std::move(map));
  return basis;
}

}  // namespace

std::string WhyNoHiddenBasis(const ModelParts& a, const ModelParts& b) {
  if (!a.residual || !b.residual) return "residual widths are not known";
  if (std::max(*a.residual, *b.residual) > kWidestBasis) {
    return "more than 8,192 residual coordinates";
  }
  return "";
}

HiddenBasis FindHiddenBasis(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                            std::uint64_t seed, unsigned threads, Progress& progress) {
  HiddenBasis basis{.skipped = WhyNoHiddenBasis(a, b)};
  if (!basis.skipped.empty()) return basis;
  progress.Begin("another basis? fitting coordinates", 0);
  basis = FitToTokens(a, b, tokens, seed, threads);
  if (basis.map != nullptr && basis.cosine >= kSureByTokens) return basis;
  const auto layers = FitToLayers(a, b, threads);
  const double by_tokens = basis.cosine - basis.shuffled_cosine;
  if (!layers || layers->cosine < std::max(kSureByLayers, by_tokens)) return basis;
  return {.map = std::make_shared<const ResidualMap>(layers->map),
          .by = BasisSource::kLayers,
          .fitted = layers->fitted,
          .held_out = layers->held_out,
          .cosine = layers->cosine,
          .shuffled_cosine = layers->shuffled_cosine};
}

}  // namespace modelkin
