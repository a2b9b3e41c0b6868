#include "lineage/unit_relations.h"

#include <algorithm>
#include <cmath>

#include "linalg/matrix_product.h"

namespace modelkin {
namespace {

constexpr std::size_t kFewestPairs = 8;
// Beyond this, relations of some units tell enough.
constexpr std::size_t kMostPairs = 4096;

std::vector<float> Select(const UnitRows& rows, const std::vector<std::uint32_t>& units) {
  std::vector<float> selected;
  selected.reserve(units.size() * rows.columns);
  for (const std::uint32_t unit : units) {
    const auto first = rows.rows.begin() + static_cast<std::ptrdiff_t>(unit * rows.columns);
    selected.insert(selected.end(), first, first + static_cast<std::ptrdiff_t>(rows.columns));
  }
  return selected;
}

std::vector<float> Cosines(const std::vector<float>& a, const std::vector<float>& b,
                           std::size_t units, std::size_t columns, unsigned threads) {
  std::vector<float> cosines(units * units, 0);
  AddProductTransposed({a.data(), units, columns}, {b.data(), units, columns}, threads,
                       cosines.data());
  return cosines;
}

// Sum over different units of across * own, over that of own^2.
double OffDiagonalSlope(const std::vector<float>& own, const std::vector<float>& across,
                        std::size_t units, bool transposed) {
  double products = 0, squares = 0;
  for (std::size_t i = 0; i < units; ++i) {
    for (std::size_t k = 0; k < units; ++k) {
      if (i == k) continue;
      const double value = own[i * units + k];
      products += value * (transposed ? across[k * units + i] : across[i * units + k]);
      squares += value * value;
    }
  }
  return products / squares;
}

double Structure(const std::vector<float>& cosines, std::size_t units, std::size_t columns) {
  double squares = 0;
  for (const float cosine : cosines) squares += static_cast<double>(cosine) * cosine;
  const double n = static_cast<double>(units), d = static_cast<double>(columns);
  // Of random directions: 1 on the diagonal, 1 / d off it on average.
  return squares / (n + n * (n - 1) / d);
}

}  // namespace

void UnitRows::Normalise() {
  alive.resize(units);
  for (std::size_t unit = 0; unit < units; ++unit) {
    float* const row = rows.data() + unit * columns;
    double squares = 0;
    for (std::size_t i = 0; i < columns; ++i) squares += static_cast<double>(row[i]) * row[i];
    const double scale = 1 / std::sqrt(squares);
    alive[unit] = squares > 0 && std::isfinite(squares) && std::isfinite(scale);
    for (std::size_t i = 0; i < columns; ++i) {
      row[i] = alive[unit] ? static_cast<float>(row[i] * scale) : 0.0F;
    }
  }
}

std::optional<double> UnitRelations::learned() const {
  std::optional<double> ratio;
  if (structure_a >= kLeastStructure) ratio = ratio_a;
  if (structure_b >= kLeastStructure) ratio = std::max(ratio.value_or(ratio_b), ratio_b);
  return ratio;
}

double StructureByDraw(double structure, std::size_t drawn, std::size_t of, std::size_t columns) {
  if (drawn < 2) return 1;
  const auto expected = [&](double units) {
    return units + units * (units - 1) / static_cast<double>(columns);
  };
  const double n = static_cast<double>(drawn), all = static_cast<double>(std::min(of, kMostPairs));
  // Of different units, as the sum of squares over what they are with themselves.
  const double mean = (structure * expected(n) - n) / (n * (n - 1));
  return (all + all * (all - 1) * mean) / expected(all);
}

double StructureByDraw(const UnitRows& drawn, std::size_t of, unsigned threads) {
  std::vector<std::uint32_t> alive;
  for (std::uint32_t unit = 0; unit < drawn.units; ++unit) {
    if (drawn.alive[unit]) alive.push_back(unit);
  }
  const std::size_t n = alive.size();
  const std::vector<float> rows = Select(drawn, alive);
  const std::vector<float> cosines = Cosines(rows, rows, n, drawn.columns, threads);
  return StructureByDraw(Structure(cosines, n, drawn.columns), n, of, drawn.columns);
}

std::optional<UnitRelations> RelateUnits(const UnitRows& a, const UnitRows& b,
                                         const std::vector<UnitPair>& pairs, unsigned threads) {
  if (pairs.size() < kFewestPairs || a.columns != b.columns) return std::nullopt;
  UnitRelations relations{.units = std::min(pairs.size(), kMostPairs)};
  std::vector<std::uint32_t> units_a, units_b;
  for (std::size_t i = 0; i < relations.units; ++i) {
    units_a.push_back(pairs[i * pairs.size() / relations.units].a);
    units_b.push_back(pairs[i * pairs.size() / relations.units].b);
  }
  const std::size_t n = relations.units;
  const std::vector<float> rows_a = Select(a, units_a), rows_b = Select(b, units_b);
  const std::vector<float> across = Cosines(rows_a, rows_b, n, a.columns, threads);
  for (std::size_t i = 0; i < n; ++i) relations.cosine += across[i * (n + 1)];
  relations.cosine /= static_cast<double>(n);
  if (!(relations.cosine > 0)) return std::nullopt;
  const std::vector<float> within_a = Cosines(rows_a, rows_a, n, a.columns, threads);
  const std::vector<float> within_b = Cosines(rows_b, rows_b, n, a.columns, threads);
  relations.ratio_a = OffDiagonalSlope(within_a, across, n, false) / relations.cosine;
  relations.ratio_b = OffDiagonalSlope(within_b, across, n, true) / relations.cosine;
  relations.structure_a = Structure(within_a, n, a.columns);
  relations.structure_b = Structure(within_b, n, b.columns);
  relations.retained_a = SpreadRetained(within_a, across, n, a.columns, false);
  relations.retained_b = SpreadRetained(within_b, across, n, b.columns, true);
  if (!std::isfinite(relations.ratio_a) || !std::isfinite(relations.ratio_b)) return std::nullopt;
  return relations;
}

}  // namespace modelkin
