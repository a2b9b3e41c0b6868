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
  const auto add = [&](DerivationKind kind, const char* verb, std::size_t coordinates,
                       std::uint64_t mlps) {
    std::vector<std::string> what;
    KindFigures figures;
    if (coordinates > 0) {
      what.push_back(fmt::format("{} residual coordinates", coordinates));
      figures.emplace_back("coordinates", static_cast<double>(coordinates));
    }
    if (mlps > 0) {
      what.push_back(fmt::format("hidden units of {} MLPs", mlps));
      figures.emplace_back("mlps", static_cast<double>(mlps));
    }
    if (what.empty()) return;
    found.AddKind(kind,
                  fmt::format("B {} {} {} A", verb, fmt::join(what, " and "),
                              verb == std::string_view("lacks") ? "of" : "beyond those of"),
                  std::move(figures));
  };
  const bool permuted = map != nullptr && map->is_permutation() && findings.IsLinkedInBasis();
  add(DerivationKind::kWidthPruned, "lacks", permuted ? map->dropped() : 0, moves.mlps_narrower);
  add(DerivationKind::kWidthExtended, "has", permuted ? map->added() : 0, moves.mlps_wider);
  return found;
}

Found FindUnitMoves(const Findings& findings) {
  Found found;
  const UndoneMoves& moves = findings.alignment.moves;
  if (moves.mlps_permuted > 0) {
    found.AddKind(DerivationKind::kHiddenUnitsPermuted,
                  fmt::format("hidden units of {} of {} MLPs are A's in another order",
                              moves.mlps_permuted, moves.mlps));
  }
  if (moves.mlps_sign_flipped > 0) {
    found.AddKind(
        DerivationKind::kHiddenUnitsSignFlipped,
        fmt::format("up rows and down columns of {} hidden units, in {} of {} MLPs, are A's "
                    "negated",
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
