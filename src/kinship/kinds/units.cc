// Hidden units and widths.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kinship/kinds/kinds.h"

namespace modelkin {
namespace {

// Residual coordinates and hidden units that one side alone has.
Found FindWidths(const Findings& findings) {
  Found found;
  const UndoneMoves& moves = findings.alignment.moves;
  const ResidualMap* const map = findings.basis == nullptr ? nullptr : findings.basis->map.get();
  const auto add = [&](DerivationKind kind, bool lacks, std::size_t coordinates,
                       std::uint64_t mlps) {
    std::vector<std::string> what, what_korean;
    KindFigures figures;
    if (coordinates > 0) {
      what.push_back(fmt::format("{} residual coordinates", coordinates));
      what_korean.push_back(fmt::format("잔차 좌표 {}개", coordinates));
      figures.emplace_back("coordinates", static_cast<double>(coordinates));
    }
    if (mlps > 0) {
      what.push_back(fmt::format("hidden units of {} MLPs", mlps));
      what_korean.push_back(fmt::format("MLP {}개의 은닉 유닛", mlps));
      figures.emplace_back("mlps", static_cast<double>(mlps));
    }
    if (what.empty()) return;
    const Said both{fmt::format("{}", fmt::join(what, " and ")),
                    fmt::format("{}", fmt::join(what_korean, ", "))};
    found.AddKind(
        kind,
        lacks ? Say("B lacks {} of A", "A의 {}이(가) B에는 없음", both)
              : Say("B has {} beyond those of A", "B에는 A의 것 외에 {}이(가) 더 있음", both),
        std::move(figures));
  };
  const bool permuted = map != nullptr && map->is_permutation() && findings.IsLinkedInBasis();
  add(DerivationKind::kWidthPruned, true, permuted ? map->dropped() : 0, moves.mlps_narrower);
  add(DerivationKind::kWidthExtended, false, permuted ? map->added() : 0, moves.mlps_wider);
  return found;
}

Found FindUnitMoves(const Findings& findings) {
  Found found;
  const UndoneMoves& moves = findings.alignment.moves;
  if (moves.mlps_permuted > 0) {
    found.AddKind(DerivationKind::kHiddenUnitsPermuted,
                  Say("hidden units of {} of {} MLPs are A's in another order",
                      "MLP {1}개 중 {0}개의 은닉 유닛이 순서만 다를 뿐 A의 것", moves.mlps_permuted,
                      moves.mlps));
  }
  if (moves.mlps_sign_flipped > 0) {
    found.AddKind(
        DerivationKind::kHiddenUnitsSignFlipped,
        Say("up rows and down columns of {} hidden units, in {} of {} MLPs, are A's "
            "negated",
            "MLP {2}개 중 {1}개에서 은닉 유닛 {0}개의 up 행과 down 열이 A의 것과 부호만 반대",
            moves.units_sign_flipped, moves.mlps_sign_flipped, moves.mlps));
  }
  return found;
}

constexpr auto kKindsOfUnits = std::to_array<KindRow>({
    {DerivationKind::kWidthPruned, "width_pruned", FindWidths},
    {DerivationKind::kWidthExtended, "width_extended", FindWidths},
    {DerivationKind::kHiddenUnitsPermuted, "hidden_units_permuted", FindUnitMoves},
    {DerivationKind::kHiddenUnitsSignFlipped, "hidden_units_sign_flipped", FindUnitMoves},
});

}  // namespace

std::span<const KindRow> KindsOfUnits() { return kKindsOfUnits; }

}  // namespace modelkin
