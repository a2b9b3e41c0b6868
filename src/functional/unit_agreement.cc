#include "functional/unit_agreement.h"

#include <algorithm>
#include <cmath>

#include "functional/layer_pairing.h"
#include "linalg/assignment.h"
#include "linalg/matrix_product.h"

namespace modelkin {
namespace {

// An assignment of more takes too long.
constexpr std::uint64_t kMostUnits = 16384;
// Correlations over fewer tokens say little.
constexpr std::size_t kLeastPositions = 32;

// Of some rows, each unit's values with mean 0 and length 1: units by positions.
struct UnitValues {
  std::vector<float> values;
  std::vector<bool> varies;
};

UnitValues Standardise(const Activations& units, const std::vector<RowPair>& pairs,
                       std::size_t RowPair::*row) {
  const std::size_t positions = pairs.size();
  UnitValues out{.values = std::vector<float>(units.columns * positions),
                 .varies = std::vector<bool>(units.columns)};
  for (std::size_t unit = 0; unit < units.columns; ++unit) {
    float* const to = out.values.data() + unit * positions;
    double sum = 0;
    for (std::size_t i = 0; i < positions; ++i) {
      to[i] = units.Row(pairs[i].*row)[unit];
      sum += to[i];
    }
    const double mean = sum / static_cast<double>(positions);
    double squares = 0;
    for (std::size_t i = 0; i < positions; ++i) squares += (to[i] - mean) * (to[i] - mean);
    // What is left of equal values by rounding is no variation.
    out.varies[unit] = squares > 1e-10 * mean * mean * static_cast<double>(positions);
    const double scale = out.varies[unit] ? 1 / std::sqrt(squares) : 0;
    for (std::size_t i = 0; i < positions; ++i) {
      to[i] = static_cast<float>((to[i] - mean) * scale);
    }
  }
  return out;
}

std::vector<std::uint32_t> VaryIn(const UnitValues& first, const UnitValues& second) {
  std::vector<std::uint32_t> units;
  for (std::uint32_t unit = 0; unit < first.varies.size(); ++unit) {
    if (first.varies[unit] && second.varies[unit]) units.push_back(unit);
  }
  return units;
}

std::vector<float> Of(const UnitValues& values, const std::vector<std::uint32_t>& units,
                      std::size_t positions) {
  std::vector<float> out;
  out.reserve(units.size() * positions);
  for (const std::uint32_t unit : units) {
    const auto from = values.values.begin() + static_cast<std::ptrdiff_t>(unit * positions);
    out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(positions));
  }
  return out;
}

std::vector<std::uint32_t> Match(const std::vector<float>& a, const std::vector<float>& b,
                                 std::size_t positions, unsigned threads) {
  const std::size_t rows = a.size() / positions, columns = b.size() / positions;
  std::vector<float> correlations(rows * columns, 0);
  AddProductTransposed({a.data(), rows, positions}, {b.data(), columns, positions}, threads,
                       correlations.data());
  return MaximumAssignment({correlations.data(), rows, columns}, threads).column_of_row;
}

Skipped WhyNot(const UnitRecord& a, const UnitRecord& b, std::size_t positions) {
  if (a.up.values.empty() || b.up.values.empty()) return SkipReason::kNotGated;
  if (std::max(a.gate.columns, b.gate.columns) > kMostUnits) return SkipReason::kTooManyUnits;
  if (positions < kLeastPositions) return SkipReason::kTooFewPositions;
  return {};
}

UnitAgreement CompareLayer(const UnitRecord& a, const UnitRecord& b,
                           const std::vector<RowPair>& pairs, unsigned threads) {
  UnitAgreement agreement{.layer_a = a.layer, .layer_b = b.layer, .positions = pairs.size()};
  agreement.skipped = WhyNot(a, b, pairs.size());
  if (!agreement.skipped.empty()) return agreement;
  const UnitValues gate_a = Standardise(a.gate, pairs, &RowPair::a);
  const UnitValues up_a = Standardise(a.up, pairs, &RowPair::a);
  const UnitValues gate_b = Standardise(b.gate, pairs, &RowPair::b);
  const UnitValues up_b = Standardise(b.up, pairs, &RowPair::b);
  const auto units_a = VaryIn(gate_a, up_a);
  const auto units_b = VaryIn(gate_b, up_b);
  agreement.units_a = units_a.size();
  agreement.units_b = units_b.size();
  if (units_a.size() < 2 || units_b.size() < 2) {
    agreement.skipped = SkipReason::kTooFewVaryingUnits;
    return agreement;
  }
  const std::size_t positions = pairs.size();
  const auto first =
      Match(Of(gate_a, units_a, positions), Of(gate_b, units_b, positions), positions, threads);
  const auto second =
      Match(Of(up_a, units_a, positions), Of(up_b, units_b, positions), positions, threads);
  for (std::size_t i = 0; i < first.size(); ++i) {
    agreement.agreed += first[i] != kUnassigned && first[i] == second[i] ? 1 : 0;
  }
  const auto [fewer, more] = std::minmax(agreement.units_a, agreement.units_b);
  agreement.expected = static_cast<double>(fewer) / static_cast<double>(more);
  return agreement;
}

}  // namespace

double UnitAgreement::share() const {
  const std::uint64_t fewer = std::min(units_a, units_b);
  return fewer == 0 ? 0 : static_cast<double>(agreed) / static_cast<double>(fewer);
}

std::vector<UnitAgreement> CompareUnits(const ModelRecord& a, const ModelRecord& b,
                                        const std::vector<RowPair>& pairs, unsigned threads) {
  std::vector<std::size_t> places_a(a.units.size()), places_b(b.units.size());
  for (std::size_t i = 0; i < places_a.size(); ++i) places_a[i] = i;
  for (std::size_t i = 0; i < places_b.size(); ++i) places_b[i] = i;
  std::vector<UnitAgreement> agreements;
  for (const auto& [place_a, place_b] : PairByDepth(places_a, places_b)) {
    agreements.push_back(CompareLayer(a.units[place_a], b.units[place_b], pairs, threads));
  }
  return agreements;
}

}  // namespace modelkin
