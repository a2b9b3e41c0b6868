#include "basis/hidden_basis.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "basis/layer_basis.h"
#include "fingerprint/coordinate_matching.h"
#include "linalg/svd.h"
#include "lineage/unit_matrix.h"
#include "statistics/random.h"

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

// Rows of one model and their partners of the other, each of norm 1.
struct RowPairs {
  std::vector<float> a, b;
  CoordinateCounts widths{};

  std::size_t count() const { return a.size() / widths.a; }
};

bool IsRowsOfTokens(const Part* part) {
  return part != nullptr && part->residual_axis() == 1 && part->tensor->shape.size() == 2;
}

// Adds a row; false if it is not there, 0, or not finite.
bool AddRow(const UnitReader& reader, std::uint64_t row, std::vector<float>& rows) {
  std::vector<float> values;
  if (row >= reader.lengths().outer || !reader.Read(row, 1, values)) return false;
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * value;
  if (squares == 0 || !std::isfinite(squares)) return false;
  rows.insert(rows.end(), values.begin(), values.end());
  return true;
}

// Takes the mean away of rows from `first` on: logits that all grow alike are the same to a
// softmax, so that one row may have been added to all rows of an unembedding.
void Centre(std::vector<float>& rows, std::size_t first, std::size_t width) {
  std::vector<double> mean(width, 0);
  const std::size_t count = (rows.size() - first) / width;
  for (std::size_t i = first; i < rows.size(); ++i) mean[(i - first) % width] += rows[i];
  for (std::size_t i = first; i < rows.size(); ++i) {
    const double own = mean[(i - first) % width] / static_cast<double>(count);
    rows[i] = static_cast<float>(rows[i] - own);
  }
}

// Scales rows from `first` on to a norm of 1; what is 0 stays 0.
void ScaleRows(std::vector<float>& rows, std::size_t first, std::size_t width) {
  for (std::size_t begin = first; begin < rows.size(); begin += width) {
    double squares = 0;
    for (std::size_t i = begin; i < begin + width; ++i) {
      squares += static_cast<double>(rows[i]) * rows[i];
    }
    const double scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
    for (std::size_t i = begin; i < begin + width; ++i) {
      rows[i] = static_cast<float>(rows[i] * scale);
    }
  }
}

// Every second of the tokens, from `first` on, at most so many.
void AddTokens(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
               std::size_t first, std::uint64_t most, RowPairs& rows) {
  for (const Role role : {Role::kEmbedding, Role::kHead}) {
    const Part* const part_a = a.Find(role);
    const Part* const part_b = b.Find(role);
    if (!IsRowsOfTokens(part_a) || !IsRowsOfTokens(part_b)) continue;
    const UnitReader reader_a(a.checkpoint, *part_a->tensor, 1);
    const UnitReader reader_b(b.checkpoint, *part_b->tensor, 1);
    const std::size_t before = rows.count();
    const std::size_t half = (tokens.pairs.size() + 1 - first) / 2;
    const std::size_t count = std::min<std::uint64_t>(half, most);
    for (std::size_t i = 0; i < count; ++i) {
      const TokenPair& token = tokens.pairs[2 * (i * half / count) + first];
      if (!AddRow(reader_a, token.a, rows.a)) continue;
      if (!AddRow(reader_b, token.b, rows.b)) rows.a.resize(rows.a.size() - rows.widths.a);
    }
    reader_a.RequireNothingLost();
    reader_b.RequireNothingLost();
    for (const auto& [own, width] :
         {std::pair(&rows.a, rows.widths.a), std::pair(&rows.b, rows.widths.b)}) {
      if (role == Role::kHead) Centre(*own, before * width, width);
      ScaleRows(*own, before * width, width);
    }
  }
}

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
    if (map.dropped() > 0) ScaleRows(mapped, 0, map.width);
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

// B's rows in random order.
RowPairs Shuffled(const RowPairs& rows, std::uint64_t seed) {
  std::vector<std::uint32_t> order(rows.count());
  std::iota(order.begin(), order.end(), 0U);
  Random(seed, 0).Shuffle(order);
  RowPairs shuffled = rows;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t width = rows.widths.b;
    std::copy_n(rows.b.data() + order[i] * width, width, shuffled.b.data() + i * width);
  }
  return shuffled;
}

std::string WhyNot(const ModelParts& a, const ModelParts& b) {
  if (!a.residual || !b.residual) return "residual widths are not known";
  if (std::max(*a.residual, *b.residual) > kWidestBasis) {
    return "more than 8,192 residual coordinates";
  }
  return "";
}

std::string WhyNoTokens(const ModelParts& a, const ModelParts& b) {
  if (!IsRowsOfTokens(a.Find(Role::kEmbedding)) || !IsRowsOfTokens(b.Find(Role::kEmbedding))) {
    return "no embedding in both";
  }
  return "";
}

HiddenBasis FitToTokens(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                        std::uint64_t seed, unsigned threads) {
  HiddenBasis basis{.skipped = WhyNoTokens(a, b)};
  if (!basis.skipped.empty()) return basis;
  const CoordinateCounts widths{*a.residual, *b.residual};
  const std::uint64_t most = kRowsForEachCoordinate * std::max(widths.a, widths.b);
  RowPairs fitted{.widths = widths}, held_out = fitted;
  AddTokens(a, b, tokens, 0, most, fitted);
  AddTokens(a, b, tokens, 1, most, held_out);
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
  const RowPairs shuffled = Shuffled(fitted, seed);
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

HiddenBasis FindHiddenBasis(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                            std::uint64_t seed, unsigned threads, Progress& progress) {
  HiddenBasis basis{.skipped = WhyNot(a, b)};
  if (!basis.skipped.empty()) return basis;
  progress.Begin("looking for a hidden basis", 0);
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
