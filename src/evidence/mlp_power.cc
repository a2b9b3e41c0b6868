#include "evidence/mlp_power.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <numeric>

#include "base/parallel.h"
#include "evidence/drawn_planting.h"
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
// Of drawn units: more would tell a share no better, since all other units of A compete for each.
constexpr std::uint64_t kMostDrawn = 64;

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

// With all units, B's part in the order of the draw.
MlpMatch MatchPlanted(const PlantedMlp& mlp, double t, std::uint64_t draw, std::uint64_t seed) {
  std::vector<std::uint32_t> order(mlp.b.first.units);
  std::iota(order.begin(), order.end(), 0U);
  Random random(seed + 1, draw);
  random.Shuffle(order);
  MlpMatch match = mlp.match;
  MatchRows(mlp.a,
            {.first = Plant(mlp.a.first, mlp.b.first, t, order),
             .second = Plant(mlp.a.second, mlp.b.second, t, order)},
            seed + draw, 1, MatchDepth::kMatchings, match);
  return match;
}

// A derivation of one MLP: what is found of a share `t`, in the order of a draw.
using Simulation = std::function<MlpMatch(double t, std::uint64_t draw)>;

Simulation SimulationOf(const PairAnalysis& pair, const MlpMatch& match,
                        const TraceSettings& options) {
  if (options.plan.units != DrawPlan::kAll) {
    const auto planting = std::make_shared<const DrawnPlanting>(
        pair, match,
        DrawnMatchOptions{.seed = options.seed,
                          .units = std::min(options.plan.units, kMostDrawn),
                          .run = RunOfUnits(options.plan, *pair.b.residual),
                          .threads = options.threads});
    return [planting](double t, std::uint64_t draw) { return planting->Match(t, draw); };
  }
  const MlpMatch begun = BeginMatch(pair.a, match.a, pair.b, match.b);
  const auto mlp = std::make_shared<const PlantedMlp>(
      PlantedMlp{.match = begun,
                 .a = ReadMlpRows(pair.a, match.a, begun.gated),
                 .b = ReadMlpRows(pair.b, match.b, begun.gated)});
  return [mlp, seed = options.seed](double t, std::uint64_t draw) {
    return MatchPlanted(*mlp, t, draw, seed);
  };
}

// Share of units that agree, of all MLPs that are simulated together.
double PlantedAgreement(const std::vector<Simulation>& simulations, double t, std::uint64_t draw) {
  std::uint64_t agreed = 0, matched = 0;
  for (const Simulation& simulation : simulations) {
    const MlpMatch match = simulation(t, draw);
    agreed += match.agreed;
    matched += std::min(match.units_a, match.units_b);
  }
  return matched == 0 ? 0 : static_cast<double>(agreed) / static_cast<double>(matched);
}

// Whether enough draws of a share of A are found. A draw is made once, and only while it can still
// change an answer: where little of A is planted, matchings take longest, and two draws say that it
// is not enough.
class PlantedDraws {
 public:
  // True of the share of units that agree in one draw.
  using IsFound = std::function<bool(double share)>;

  PlantedDraws(std::vector<Simulation> simulations, unsigned threads)
      : simulations_(std::move(simulations)), threads_(threads) {}

  bool EnoughFound(double t, const IsFound& is_found) {
    std::vector<double>& shares = made_[t];
    const std::size_t enough = EnoughDraws();
    while (true) {
      const auto found = static_cast<std::size_t>(std::ranges::count_if(shares, is_found));
      if (found >= enough) return true;
      if (shares.size() - found > kMlpDraws - enough) return false;
      MakeMore(t, shares);
    }
  }

 private:
  static std::size_t EnoughDraws() {
    return static_cast<std::size_t>(std::ceil(kPowerProbability * kMlpDraws));
  }

  // As many as run at once, and no fewer than can say no.
  void MakeMore(double t, std::vector<double>& shares) const {
    const std::size_t first = shares.size();
    const std::size_t wave = std::max<std::size_t>(threads_, kMlpDraws - EnoughDraws() + 1);
    shares.resize(std::min<std::size_t>(kMlpDraws, first + wave));
    ParallelFor(threads_, shares.size() - first, [&](std::size_t i, unsigned) {
      shares[first + i] = PlantedAgreement(simulations_, t, first + i);
    });
  }

  std::vector<Simulation> simulations_;
  unsigned threads_;
  std::map<double, std::vector<double>> made_;  // by share of A
};

}  // namespace

void SimulateMlpPower(const PairAnalysis& pair, double level, const TraceSettings& options,
                      PowerStatement& power) {
  std::vector<Simulation> simulations;
  std::uint64_t units = 0;
  double expected = 0;
  const bool drawn = options.plan.units != DrawPlan::kAll;
  for (std::size_t i = 0; i < pair.mlps.size(); ++i) {
    const MlpMatch& match = pair.mlps[i];
    if (!pair.counts[i]) continue;
    units += std::min(match.units_a, match.units_b);
    expected += match.expected;
    const std::uint64_t width = pair.b.mlps[match.b].width;
    const std::size_t most = width > kWidestOfMany ? 1 : kMostMlps;
    if (simulations.size() >= most || !match.same_width || (!drawn && width > kWidestMlp)) continue;
    simulations.push_back(SimulationOf(pair, match, options));
  }
  power.mlps = simulations.size();
  if (simulations.empty()) return;
  PlantedDraws draws(std::move(simulations), options.threads);
  const auto from = [&](double least) {
    const auto is_found = [&](double share) {
      const auto agreed = static_cast<std::uint64_t>(share * static_cast<double>(units));
      return share >= least && LogAgreementTail(agreed, expected) < level;
    };
    return SmallestShare(kMlpStep, [&](double t) { return draws.EnoughFound(t, is_found); });
  };
  power.gate_up = from(kLeastAgreement);
  power.gate_up_fitted = from(kLeastFittedAgreement);
}

}  // namespace modelkin
