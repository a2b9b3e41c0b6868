#include "evidence/mlp_power.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/parallel.h"
#include "evidence/smallest_share.h"
#include "evidence/test_result.h"
#include "statistics/agreement.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostMlps = 3;
constexpr std::uint64_t kWidestMlp = 2048;
constexpr std::uint64_t kWidestOfMany = 512;  // beyond this one MLP has to do
constexpr std::uint64_t kMlpDraws = 10;
constexpr double kMlpStep = 0.01;

// t A + (1 - t) (B in the order given), before either is scaled by unit: rows have norm 1, so that
// `t` is a share of each unit's weights.
UnitRows Plant(const UnitRows& a, const UnitRows& b, double t,
               const std::vector<std::uint32_t>& order) {
  UnitRows planted = a;
  for (std::size_t unit = 0; unit < a.units; ++unit) {
    for (std::size_t i = 0; i < a.columns; ++i) {
      const float other = b.rows[order[unit] * b.columns + i];
      float& value = planted.rows[unit * a.columns + i];
      value = static_cast<float>(t * value + (1 - t) * other);
    }
  }
  planted.Normalise();
  return planted;
}

struct PlantedMlp {
  MlpMatch match;
  MlpRows a, b;
};

// Share of units that agree, of MLPs chosen and draws together.
double PlantedAgreement(const std::vector<PlantedMlp>& mlps, double t, std::uint64_t draw,
                        const TraceSettings& options) {
  std::uint64_t agreed = 0, matched = 0;
  for (const PlantedMlp& mlp : mlps) {
    std::vector<std::uint32_t> order(mlp.b.first.units);
    std::iota(order.begin(), order.end(), 0U);
    Random random(options.seed + 1, draw);
    random.Shuffle(order);
    MlpMatch match = mlp.match;
    MatchRows(mlp.a,
              {.first = Plant(mlp.a.first, mlp.b.first, t, order),
               .second = Plant(mlp.a.second, mlp.b.second, t, order)},
              options.seed + draw, 1, MatchDepth::kMatchings, match);
    agreed += match.agreed;
    matched += std::min(match.units_a, match.units_b);
  }
  return matched == 0 ? 0 : static_cast<double>(agreed) / static_cast<double>(matched);
}

}  // namespace

void SimulateMlpPower(const PairAnalysis& pair, double level, const TraceSettings& options,
                      PowerStatement& power) {
  std::vector<PlantedMlp> mlps;
  std::uint64_t units = 0;
  double expected = 0;
  for (std::size_t i = 0; i < pair.mlps.size(); ++i) {
    const MlpMatch& match = pair.mlps[i];
    if (!pair.counts[i]) continue;
    units += std::min(match.units_a, match.units_b);
    expected += match.expected;
    const std::uint64_t width = pair.b.mlps[match.b].width;
    const std::size_t most = width > kWidestOfMany ? 1 : kMostMlps;
    if (mlps.size() >= most || !match.same_width || width > kWidestMlp) continue;
    MlpMatch begun = BeginMatch(pair.a, match.a, pair.b, match.b);
    mlps.push_back({.match = begun,
                    .a = ReadMlpRows(pair.a, match.a, begun.gated),
                    .b = ReadMlpRows(pair.b, match.b, begun.gated)});
  }
  power.mlps = mlps.size();
  if (mlps.empty()) return;
  const auto found_if = [&](const std::function<bool(double)>& enough) {
    return SmallestShare(kMlpStep, [&](double t) {
      std::vector<char> found(kMlpDraws);
      ParallelFor(options.threads, kMlpDraws, [&](std::size_t draw, unsigned) {
        found[draw] = enough(PlantedAgreement(mlps, t, draw, options)) ? 1 : 0;
      });
      return static_cast<double>(std::ranges::count(found, 1)) >= kPowerProbability * kMlpDraws;
    });
  };
  const auto from = [&](double least) {
    return found_if([&, least](double share) {
      const auto agreed = static_cast<std::uint64_t>(share * static_cast<double>(units));
      return share >= least && LogAgreementTail(agreed, expected) < level;
    });
  };
  power.gate_up = from(kLeastAgreement);
  power.gate_up_fitted = from(kLeastFittedAgreement);
}

}  // namespace modelkin
