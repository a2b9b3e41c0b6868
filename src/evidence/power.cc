#include "evidence/power.h"

#include <algorithm>
#include <cmath>

#include "evidence/mlp_power.h"
#include "evidence/residual_power.h"
#include "evidence/stage_names.h"
#include "evidence/test_result.h"
#include "statistics/importance_sampling.h"

namespace modelkin {
namespace {

constexpr double kTestsCorrectedFor = 20;

}  // namespace

std::optional<double> PowerStatement::smallest() const {
  if (!residual_trace || !gate_up) return residual_trace ? residual_trace : gate_up;
  return std::min(*residual_trace, *gate_up);
}

PowerStatement SimulatePower(const PairAnalysis& stored, const PairAnalysis* fitted,
                             const TraceSettings& options, Progress& progress) {
  progress.Begin(kPowerStage, 0);
  PowerStatement power;
  const double level =
      kStrongLogP - std::log(kTestsCorrectedFor) - std::log(static_cast<double>(options.looks));
  // Its p is multiplied by the number of tilts.
  const double tail_level = level - std::log(static_cast<double>(kTilts));
  if (stored.residual.weights.moments) SimulateResidualPower(stored, tail_level, options, power);
  if (!stored.mlps.empty() || fitted == nullptr) {
    SimulateMlpPower(stored, level, options, power);
  } else {
    SimulateMlpPower(*fitted, level, options, power);
    power.gate_up.reset();  // of what is stored nothing can be matched
  }
  return power;
}

}  // namespace modelkin
