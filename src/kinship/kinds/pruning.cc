// Small values that were set to 0.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <vector>

#include "kinship/kinds/kinds.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

// Slopes of B's values on A's small ones, over that on the large ones, and of the latter, where
// small weights were taken away.
constexpr double kForgotten = 0.1, kKept = 0.9;
// Long training forgets small weights as well.
constexpr double kMostForgotten = 0.4;
constexpr double kMostOfFours = 0.6;
constexpr double kTwoFour = 0.99, kNoTwoFour = 0.6;

// Then zeros are a level of the grid, on tensors too for which it was not found.
bool IsQuantised(const Findings& findings, bool of_a) {
  return findings.IsMuch(findings.Find([&](const TensorHeritage& tensor) {
    return (of_a ? tensor.grid_of_a : tensor.grid).has_value() || (of_a && tensor.a_on_own_grid);
  }));
}

// Then values are 0 that the narrower type has no number for.
bool IsCast(const TensorHeritage& tensor, bool of_a) {
  return tensor.heritage == HeritageClass::kCast && tensor.a_is_the_cast == of_a;
}

// Zeros that further training filled: small weights of A are gone, large ones are there.
void AddForgotten(const Findings& findings, Found& found) {
  std::vector<double> small, large;
  const FoundTensors tensors = findings.Find([&](const TensorHeritage& tensor) {
    if (tensor.heritage != HeritageClass::kDrifted || tensor.grid || tensor.link.rotated) {
      return false;
    }
    const auto of_small = tensor.changes->slope_of_small(),
               of_large = tensor.changes->slope_of_large();
    const bool little = tensor.changes->relative_change().value_or(HUGE_VAL) < kMostForgotten;
    if (!little || !of_small || !of_large || *of_small > kForgotten * *of_large ||
        *of_large < kKept) {
      return false;
    }
    small.push_back(*of_small);
    large.push_back(*of_large);
    return true;
  });
  if (!findings.IsMuch(tensors)) return;
  found.AddKind(DerivationKind::kPruned,
                Say("small weights of A left nothing in {} tensors of B (regression slope "
                    "{:.2f}), large ones did (slope {:.2f}): pruned, and trained on or with "
                    "noise added",
                    "A의 작은 가중치는 B의 텐서 {}개에 흔적이 없고(회귀 기울기 {:.2f}) 큰 가중치는 "
                    "남음(기울기 "
                    "{:.2f}): 가지치기 후 더 학습했거나 잡음을 더함",
                    tensors.tensors, *Median(small), *Median(large)),
                {{"slope_of_small", *Median(small)}, {"slope_of_large", *Median(large)}},
                tensors.few_roles());
}

Found FindPruned(const Findings& findings) {
  Found found;
  for (const bool of_a : {false, true}) {
    if (IsQuantised(findings, of_a)) continue;
    std::uint64_t zeroed = 0, compared = 0, fours = 0, half_zero = 0, before = 0;
    const FoundTensors pruned = findings.Find([&](const TensorHeritage& tensor) {
      if (!tensor.changes || tensor.link.rotated) return false;
      const ElementChanges& changes = *tensor.changes;
      const auto& side = of_a ? changes.in_a : changes.in_b;
      if (tensor.heritage == HeritageClass::kUnrelated || IsCast(tensor, of_a) ||
          !side.looks_pruned(changes.compared)) {
        return false;
      }
      zeroed += side.count;
      compared += changes.compared;
      fours += changes.fours;
      half_zero += of_a ? changes.half_zero_a : changes.half_zero_b;
      before += of_a ? changes.half_zero_b : changes.half_zero_a;
      return true;
    });
    if (!findings.IsMuch(pruned)) {
      if (!of_a) AddForgotten(findings, found);
      continue;
    }
    const double share = static_cast<double>(zeroed) / static_cast<double>(compared);
    const double in_fours =
        fours == 0 ? 0 : static_cast<double>(half_zero) / static_cast<double>(fours);
    const double fours_before =
        fours == 0 ? 1 : static_cast<double>(before) / static_cast<double>(fours);
    // More zeros than half fill every four without being meant to.
    const bool two_four = in_fours >= kTwoFour && fours_before < kNoTwoFour && share < kMostOfFours;
    const char* const one = of_a ? "A" : "B";
    found.AddKind(
        two_four ? DerivationKind::kPruned24 : DerivationKind::kPruned,
        Say("{0:.1f}% of the values of {1} tensors are 0 in {2}, and were small in {3}{4}",
            "{2}에서 텐서 {1}개의 값 중 {0:.1f}%가 0이고, {3}에서는 작은 값이었음{4}", 100 * share,
            pruned.tensors, one, of_a ? "B" : "A",
            two_four ? Said{"; two of every four", "; 넷 중 둘씩"} : Said{}),
        {{"share", share}, {"two_of_four", in_fours}}, pruned.few_roles());
    found.AddSign(SignKind::kPruned, of_a ? Direction::kBToA : Direction::kAToB,
                  Say("{} is 0 where {} has small values", "{1}의 값이 작은 곳에서 {0}는 0", one,
                      of_a ? "B" : "A"));
  }
  return found;
}

constexpr auto kKindsOfPruning = std::to_array<KindRow>({
    {DerivationKind::kPruned, "pruned", FindPruned},
    {DerivationKind::kPruned24, "pruned_2_4", FindPruned},
});

}  // namespace

std::span<const KindRow> KindsOfPruning() { return kKindsOfPruning; }

}  // namespace modelkin
