// Whether the distances of values to a grid are those that rounding to it leaves.
#include "kinship/quantisation_grid.h"

namespace modelkin {
namespace {

// Root mean square distance, in steps, of values that were rounded: 0.289 for the nearest of an
// even grid.
constexpr double kLeastRoundedSteps = 0.24;

}  // namespace

bool QuantisationGrid::IsOfAnother() const {
  return remade && remade->is_of_ggml &&
         2 * (remade->identical + remade->consistent) < remade->blocks;
}

bool QuantisationGrid::IsRounding() const { return within_half_step >= rounded_share; }

bool QuantisationGrid::LooksRounded() const {
  return IsRounding() && rms_steps.value_or(kLeastRoundedSteps) >= kLeastRoundedSteps;
}

}  // namespace modelkin
