// What would have been found in two dossiers.
#include <algorithm>
#include <numeric>

#include "base/parallel.h"
#include "dossier/block_matching.h"
#include "evidence/power_statement.h"
#include "evidence/smallest_share.h"
#include "evidence/test_result.h"
#include "statistics/agreement.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostPlantedMlps = 3;
constexpr std::uint64_t kPlantingDraws = 10;
constexpr double kPlantingStep = 0.01;

// B's rows in random order, a share t of A's in those of `planted` units.
UnitRows RowsWithPlanted(const UnitRows& a, const UnitRows& b, double t, std::size_t planted,
                         const std::vector<std::uint32_t>& order) {
  UnitRows mixed = b;
  for (std::size_t unit = 0; unit < planted; ++unit) {
    for (std::size_t i = 0; i < a.columns; ++i) {
      float& value = mixed.rows[order[unit] * a.columns + i];
      value = static_cast<float>(t * a.rows[unit * a.columns + i] + (1 - t) * value);
    }
  }
  mixed.Normalise();
  return mixed;
}

// Of one MLP, where B's units are renumbered: of a unit of B that is told of its counterpart in A
// is told of only by chance.
struct Planting {
  MlpMatch match;
  MlpRows a, b;
  std::size_t planted = 0;

  MlpMatch Match(double t, std::uint64_t seed, std::uint64_t draw) const {
    std::vector<std::uint32_t> order(b.first.units);
    std::iota(order.begin(), order.end(), 0U);
    Random random(seed + 1, draw);
    random.Shuffle(order);
    MlpMatch found = match;
    MatchRows(a,
              {.first = RowsWithPlanted(a.first, b.first, t, planted, order),
               .second = RowsWithPlanted(a.second, b.second, t, planted, order)},
              seed + draw, 1, MatchDepth::kMatchings, found);
    return found;
  }
};

Planting PlantingOf(const Dossier& a, const Dossier& b, const BlockPair& pair) {
  const UnitBlock& of_b = b.blocks[pair.b];
  Planting planting{.match = {.a = pair.a,
                              .b = pair.b,
                              .gated = pair.match.gated,
                              .same_width = pair.match.same_width},
                    .a = RowsOfBlock(a.blocks[pair.a], a.dimensions),
                    .b = RowsOfBlock(of_b, b.dimensions)};
  const double told = static_cast<double>(planting.b.first.units);
  planting.planted = static_cast<std::size_t>(told * told / static_cast<double>(of_b.units));
  return planting;
}

}  // namespace

std::optional<double> SmallestShareFound(const Dossier& a, const Dossier& b,
                                         const std::vector<BlockPair>& pairs, double level,
                                         std::uint64_t seed, unsigned threads) {
  std::vector<Planting> plantings;
  std::uint64_t units = 0;
  double expected = 0;
  for (const BlockPair& pair : pairs) {
    if (pair.kind != UnitKind::kHidden || !pair.counts) continue;
    units += std::min(pair.match.units_a, pair.match.units_b);
    expected += pair.match.expected;
    if (pair.match.same_width && plantings.size() < kMostPlantedMlps) {
      plantings.push_back(PlantingOf(a, b, pair));
    }
  }
  if (plantings.empty()) return std::nullopt;
  return SmallestShare(kPlantingStep, [&](double t) {
    std::vector<std::uint8_t> found(kPlantingDraws);
    ParallelFor(threads, kPlantingDraws, [&](std::size_t draw, unsigned) {
      std::uint64_t agreed = 0, matched = 0;
      for (const Planting& planting : plantings) {
        const MlpMatch match = planting.Match(t, seed, draw);
        agreed += match.agreed;
        matched += std::min(match.units_a, match.units_b);
      }
      const double share =
          matched == 0 ? 0 : static_cast<double>(agreed) / static_cast<double>(matched);
      const auto of_all = static_cast<std::uint64_t>(share * static_cast<double>(units));
      found[draw] = share >= kLeastAgreement && LogAgreementTail(of_all, expected) < level ? 1 : 0;
    });
    return static_cast<double>(std::ranges::count(found, 1)) >=
           kPowerProbability * static_cast<double>(kPlantingDraws);
  });
}

}  // namespace modelkin
