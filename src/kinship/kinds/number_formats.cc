// Values as a smaller type, or a grid, holds them.
#include <fmt/format.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "kinship/kinds/kinds.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

std::string GridText(const QuantisationGrid& grid) {
  const std::string kind = grid.kind == GridKind::kInteger  ? fmt::format("int{}", grid.bits)
                           : grid.kind == GridKind::kLevels ? "16 levels (4 bits)"
                                                            : std::string(GridName(grid.kind));
  if (grid.block.rows == 0) return kind + ", one scale a tensor";
  if (grid.block.columns == 0) return kind + ", one scale a row";
  return fmt::format("{}, blocks of {} x {}", kind, grid.block.rows, grid.block.columns);
}

void AddGrid(const Findings& findings, bool of_a, Found& found) {
  std::map<std::string, std::uint64_t> grids;
  std::vector<double> near;
  const FoundTensors tensors = findings.Find([&](const TensorHeritage& tensor) {
    const auto& grid = of_a ? tensor.grid_of_a : tensor.grid;
    if (!grid || grid->a_has_one) return false;
    ++grids[GridText(*grid)];
    near.push_back(grid->within_half_step);
    return true;
  });
  if (!findings.IsMuch(tensors)) return;
  std::string list;
  for (const auto& [grid, count] : grids) {
    list += fmt::format("{}{} ({})", list.empty() ? "" : "; ", grid, count);
  }
  const double half_step = *Median(near);
  const bool rounded = half_step >= 0.99;
  const char* const one = of_a ? "A" : "B";
  const char* const other = of_a ? "B" : "A";
  found.AddKind(
      DerivationKind::kQuantised,
      fmt::format("values of {} tensors of {} lie on grids: {}; {:.1f}% of {}'s values are "
                  "within half a step{}",
                  tensors.tensors, one, list, 100 * half_step, other,
                  rounded ? "" : ": what was quantised had changed before"),
      {{"tensors", static_cast<double>(tensors.tensors)}, {"within_half_step", half_step}});
  if (rounded) {
    found.AddSign(
        SignKind::kQuantised, of_a ? Direction::kBToA : Direction::kAToB,
        fmt::format("{}'s values lie on a grid, and {}'s within half a step of them", one, other));
  }
}

Found FindCasts(const Findings& findings) {
  Found found;
  for (const bool of_a : {false, true}) {
    std::map<std::string, FoundTensors> by_type;
    FoundTensors lossy;
    for (const TensorHeritage& tensor : findings.heritage) {
      if (tensor.heritage != HeritageClass::kCast || tensor.a_is_the_cast != of_a) continue;
      by_type[std::string(DTypeName(*tensor.cast_type))].Add(tensor);
      // Stored in a wider type is no loss, and tells nothing of the order.
      if (tensor.changes->equal < tensor.changes->compared) lossy.Add(tensor);
    }
    for (const auto& [type, same] : by_type) {
      if (!findings.IsMuch(same)) continue;
      found.AddKind(DerivationKind::kExactCast,
                    fmt::format("in {} tensors {}'s values are {}'s as {} holds them{}",
                                same.tensors, of_a ? "A" : "B", of_a ? "B" : "A", type,
                                lossy.tensors == 0 ? ", without loss" : ""));
    }
    if (!findings.IsMuch(lossy)) continue;
    found.AddSign(SignKind::kCast, of_a ? Direction::kBToA : Direction::kAToB,
                  fmt::format("{} has digits in {} tensors that {} lacks", of_a ? "B" : "A",
                              lossy.tensors, of_a ? "A" : "B"));
  }
  return found;
}

Found FindQuantised(const Findings& findings) {
  Found found;
  AddGrid(findings, false, found);
  AddGrid(findings, true, found);
  return found;
}

constexpr auto kKindsOfNumberFormats = std::to_array<KindRow>({
    {DerivationKind::kExactCast, "exact_cast", FindCasts},
    {DerivationKind::kQuantised, "quantised", FindQuantised},
});

}  // namespace

std::span<const KindRow> KindsOfNumberFormats() { return kKindsOfNumberFormats; }

}  // namespace modelkin
