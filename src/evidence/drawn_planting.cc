#include "evidence/drawn_planting.h"

#include <cmath>
#include <numeric>

#include "lineage/random_matching.h"
#include "lineage/unit_row_reader.h"

namespace modelkin {
namespace {

// Below this a mixture of two rows of norm 1 is no more than rounding.
constexpr double kLeastSquaredNorm = 1e-12;

}  // namespace

DrawnPlanting::DrawnPlanting(const PairAnalysis& pair, const MlpMatch& match,
                             const DrawnMatchOptions& options)
    : seed_(options.seed),
      begun_(BeginMatch(pair.a, match.a, pair.b, match.b, UnitsTaken::kDrawn)),
      places_(DrawnUnits(options.seed, pair.b.mlps[match.b].width, options.units, options.run)) {
  const Mlp &a = pair.a.mlps[match.a], &b = pair.b.mlps[match.b];
  const bool gated = begun_.gated;
  first_ =
      ReadWeight(pair.a, gated ? *a.gate : *a.up, pair.b, gated ? *b.gate : *b.up, options.threads);
  second_ =
      ReadWeight(pair.a, gated ? *a.up : *a.down, pair.b, gated ? *b.up : *b.down, options.threads);
  for (std::uint32_t unit = 0; unit < first_.cosines.units; ++unit) {
    if (first_.cosines.alive[unit] && second_.cosines.alive[unit]) units_a_.push_back(unit);
  }
  for (std::uint32_t i = 0; i < places_.size(); ++i) {
    if (first_.cosines.alive[places_[i]] && second_.cosines.alive[places_[i]]) drawn_.push_back(i);
  }
}

DrawnPlanting::Weight DrawnPlanting::ReadWeight(const ModelParts& a, const Part& part_a,
                                                const ModelParts& b, const Part& part_b,
                                                unsigned threads) const {
  const UnitRowReader reader_a(a, part_a);
  UnitRows rows = reader_a.ReadThese(places_);
  const UnitRows of_b = UnitRowReader(b, part_b).ReadThese(places_);
  rows.rows.insert(rows.rows.end(), of_b.rows.begin(), of_b.rows.end());
  rows.units += of_b.units;
  return {.cosines = CosinesWithAll(reader_a, rows, UnitDiagonal::kKept, threads),
          .alive_b = of_b.alive};
}

std::vector<std::uint32_t> DrawnPlanting::MatchWeight(const Weight& weight, double t,
                                                      const std::vector<std::uint32_t>& order,
                                                      UnitSigns signs, Random& random) const {
  RandomMatching matching(units_a_.size(), drawn_.size(), random);
  std::vector<float> of_a(drawn_.size()), of_b(drawn_.size());
  for (std::size_t j = 0; j < drawn_.size(); ++j) {
    const std::uint32_t own = drawn_[matching.column_unit(j)], other = order[own];
    const double b = weight.alive_b[other] ? 1 - t : 0;
    const double across = weight.cosines.of(places_[own])[places_.size() + other];
    const double squares = t * t + b * b + 2 * t * b * across;
    const double scale = squares > kLeastSquaredNorm ? 1 / std::sqrt(squares) : 0;
    of_a[j] = static_cast<float>(t * scale);
    of_b[j] = static_cast<float>(b * scale);
  }
  for (std::size_t i = 0; i < units_a_.size(); ++i) {
    const float* const with_a = weight.cosines.of(units_a_[matching.row_unit(i)]);
    const float* const with_b = with_a + places_.size();
    for (std::size_t j = 0; j < drawn_.size(); ++j) {
      const std::uint32_t own = drawn_[matching.column_unit(j)];
      const float cosine = of_a[j] * with_a[own] + of_b[j] * with_b[order[own]];
      matching.Set(i, j, signs == UnitSigns::kFree ? std::abs(cosine) : cosine);
    }
  }
  return matching.Solve(1);
}

MlpMatch DrawnPlanting::Match(double t, std::uint64_t draw) const {
  std::vector<std::uint32_t> order(places_.size());
  std::iota(order.begin(), order.end(), 0U);
  Random(seed_ + 1, draw).Shuffle(order);
  MlpMatch match = begun_;
  match.units_a = units_a_.size();
  match.units_b = drawn_.size();
  if (match.units_a < 2 || match.units_b < 2) return match;
  Random random(seed_ + draw, match.b);
  const auto first = MatchWeight(first_, t, order, UnitSigns::kFixed, random);
  const auto second = MatchWeight(second_, t, order, SecondSigns(match), random);
  CompareMatchings(first, second, match);
  return match;
}

}  // namespace modelkin
