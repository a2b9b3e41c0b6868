#include "fingerprint/awm.h"

#include <algorithm>
#include <vector>

#include "fingerprint/coordinate_matching.h"
#include "fingerprint/projection.h"
#include "fingerprint/unbiased_cka.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kWidest = 8192;
constexpr std::size_t kMostAwmLayers = 8;
// Enough to match by.
constexpr std::uint64_t kTokensForEachCoordinate = 4;

bool HasEmbedding(const ModelParts& model) {
  const Part* const part = model.Find(Role::kEmbedding);
  return part != nullptr && part->residual_axis() == 1 && part->tensor->shape.size() == 2;
}

// Rows of both embeddings, those that are not finite in either left out.
struct Rows {
  std::vector<float> a, b;
};

Rows ReadRows(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens) {
  const UnitReader reader_a(a.checkpoint, *a.Find(Role::kEmbedding)->tensor, 1);
  const UnitReader reader_b(b.checkpoint, *b.Find(Role::kEmbedding)->tensor, 1);
  const std::size_t count =
      std::min<std::size_t>(tokens.pairs.size(), kTokensForEachCoordinate * *a.residual);
  Rows rows;
  std::vector<float> row_a, row_b;
  for (std::size_t i = 0; i < count; ++i) {
    const TokenPair& token = tokens.pairs[i * tokens.pairs.size() / count];
    if (!reader_a.Read(token.a, 1, row_a) || !reader_b.Read(token.b, 1, row_b)) continue;
    rows.a.insert(rows.a.end(), row_a.begin(), row_a.end());
    rows.b.insert(rows.b.end(), row_b.begin(), row_b.end());
  }
  reader_a.RequireNothingLost();
  reader_b.RequireNothingLost();
  return rows;
}

// Coordinates by units, A's coordinates as B has them.
std::vector<float> ByCoordinate(const Projection& weights, const CoordinateMatch* match) {
  std::vector<float> samples(weights.rows.size());
  for (std::size_t j = 0; j < weights.width; ++j) {
    const std::size_t from = match == nullptr ? j : match->source[j];
    const float sign = match == nullptr ? 1 : match->sign[j];
    for (std::size_t unit = 0; unit < weights.units; ++unit) {
      samples[j * weights.units + unit] = sign * weights.rows[unit * weights.width + from];
    }
  }
  return samples;
}

}  // namespace

std::optional<double> CompareAwm(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                                 unsigned threads) {
  if (!a.residual || a.residual != b.residual || *a.residual > kWidest || !HasEmbedding(a) ||
      !HasEmbedding(b)) {
    return std::nullopt;
  }
  const Rows rows = ReadRows(a, b, tokens);
  if (rows.a.empty()) return std::nullopt;
  const std::size_t width = *a.residual;
  const CoordinateMatch match =
      MatchCoordinates(rows.a, rows.b, {width, width},
                       OuterProducts(rows.a, rows.b, {width, width}, threads), threads);
  double sum = 0;
  std::size_t count = 0;
  const std::size_t layers = std::min(kMostAwmLayers, b.layers.size());
  for (std::size_t i = 0; i < layers; ++i) {
    const std::uint32_t layer = b.layers[i * b.layers.size() / layers];
    for (const Role role : {Role::kQuery, Role::kKey}) {
      const auto of_a = ReadProjection(a, layer, role), of_b = ReadProjection(b, layer, role);
      if (!of_a || !of_b) continue;
      const auto cka =
          UnbiasedCka(ByCoordinate(*of_a, &match), ByCoordinate(*of_b, nullptr), width, threads);
      if (!cka) continue;
      sum += *cka;
      ++count;
    }
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

}  // namespace modelkin
