// Values as a smaller type, or a grid, holds them.
#include <fmt/format.h>

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/number_text.h"
#include "kinship/kinds/kinds.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

constexpr double kRoundedShare = 0.99;

std::string GridText(const QuantisationGrid& grid) {
  if (grid.kind == GridKind::kStored) {
    return grid.form_block.empty() ? grid.form
                                   : fmt::format("{}, a scale for {}", grid.form, grid.form_block);
  }
  const std::string kind = grid.kind == GridKind::kInteger  ? fmt::format("int{}", grid.bits)
                           : grid.kind == GridKind::kLevels ? "16 levels (4 bits)"
                                                            : std::string(GridName(grid.kind));
  if (grid.block.rows == 0) return kind + ", one scale a tensor";
  if (grid.block.columns == 0) return kind + ", one scale a row";
  return fmt::format("{}, blocks of {} x {}", kind, grid.block.rows, grid.block.columns);
}

// Grids of one side's tensors.
struct SideGrids {
  std::map<std::string, std::uint64_t> names;
  FoundTensors tensors;
  FoundTensors rounded;  // of those, where the other side has digits that the grid lost
  std::vector<double> within_half_step, steps;
  bool stored = false;        // the tensors are stored on them
  std::uint64_t decoded = 0;  // and the other side has their values
  // Blocks that were made again of the other side's values.
  std::uint64_t blocks = 0, identical = 0, consistent = 0;

  std::string List() const {
    std::string list;
    for (const auto& [grid, count] : names) {
      list += fmt::format("{}{} ({})", list.empty() ? "" : "; ", grid, count);
    }
    return list;
  }
};

SideGrids CollectGrids(const Findings& findings, bool of_a) {
  SideGrids grids;
  for (const TensorHeritage& tensor : findings.heritage) {
    const auto& grid = of_a ? tensor.grid_of_a : tensor.grid;
    const bool stored = grid && grid->kind == GridKind::kStored;
    if (!grid || (grid->a_has_one && !stored)) continue;
    grids.tensors.Add(tensor);
    if (!grid->a_has_one && grid->LooksRounded() && !grid->IsOfAnother()) {
      grids.rounded.Add(tensor);
    }
    if (grid->remade) {
      grids.blocks += grid->remade->blocks;
      grids.identical += grid->remade->identical;
      grids.consistent += grid->remade->consistent;
    }
    grids.stored |= stored;
    grids.decoded += grid->a_lies_on_it ? 1 : 0;
    ++grids.names[GridText(*grid)];
    grids.within_half_step.push_back(grid->within_half_step);
    if (stored) grids.steps.push_back(*grid->rms_steps);
  }
  return grids;
}

// "; 99.8% of A's values are within half a step, 0.28 of a step away (root mean square; ...)"
Said DistanceText(const SideGrids& grids, const char* other) {
  const double near = *Median(grids.within_half_step);
  if (!grids.stored) {
    const Said before = near >= kRoundedShare ? Said{}
                                              : Said{": what was quantised had changed before",
                                                     ": 양자화된 것은 그 전에 바뀌어 있었음"};
    return Say("; {:.1f}% of {}'s values are within half a step{}",
               "; {1}의 값 중 {0:.1f}%가 반 눈금 이내{2}", 100 * near, other, before);
  }
  if (2 * grids.decoded > grids.tensors.tensors) {
    return Say("; {} has the values that they stand for", "; {}에는 그것이 나타내는 값이 있음",
               other);
  }
  return Say(
      "; {:.1f}% of {}'s values are within half a step, {:.2f} of a step away (root mean square; "
      "rounding to the nearest leaves 0.29)",
      "; {1}의 값 중 {0:.1f}%가 반 눈금 이내, 거리는 눈금의 {2:.2f}(제곱평균제곱근; 반올림이면 "
      "0.29)",
      100 * near, other, *Median(grids.steps));
}

// "; quantised again, A gives B's bytes in 1,200 of 1,200 blocks that were looked at"
Said RemadeText(const SideGrids& grids, const char* one, const char* other) {
  if (grids.blocks == 0) return {};
  const Said possible = grids.consistent == 0
                            ? Said{}
                            : Say(", and such as it could have given in {}",
                                  ", 나올 수 있었던 것은 {}개", FormatCount(grids.consistent));
  return Say("; quantised again, {} gives {}'s bytes in {} of {} blocks that were looked at{}",
             "; 다시 양자화하면 살펴본 블록 {3}개 중 {2}개에서 {0}에서 {1}의 바이트가 나옴{4}",
             other, one, FormatCount(grids.identical), FormatCount(grids.blocks), possible);
}

void AddGrid(const Findings& findings, bool of_a, Found& found) {
  const SideGrids grids = CollectGrids(findings, of_a);
  if (!findings.IsMuch(grids.tensors)) return;
  const char* const one = of_a ? "A" : "B";
  const char* const other = of_a ? "B" : "A";
  KindFigures figures = {{"tensors", static_cast<double>(grids.tensors.tensors)},
                         {"within_half_step", *Median(grids.within_half_step)}};
  if (grids.stored) figures.emplace_back("rms_steps", *Median(grids.steps));
  found.AddKind(DerivationKind::kQuantised,
                grids.stored ? Say("{} stores {} tensors in quantised forms: {}{}{}",
                                   "{}는 텐서 {}개를 양자화된 형식으로 저장함: {}{}{}", one,
                                   grids.tensors.tensors, grids.List(), DistanceText(grids, other),
                                   RemadeText(grids, one, other))
                             : Say("values of {1} tensors of {0} lie on grids: {2}{3}",
                                   "{0}의 텐서 {1}개의 값이 격자 위에 있음: {2}{3}", one,
                                   grids.tensors.tensors, grids.List(), DistanceText(grids, other)),
                std::move(figures));
  if (findings.IsMuch(grids.rounded)) {
    found.AddSign(SignKind::kQuantised, of_a ? Direction::kBToA : Direction::kAToB,
                  Say("{}'s values lie on a grid, and {}'s within half a step of them",
                      "{}의 값은 격자 위에 있고, {}의 값은 그로부터 반 눈금 이내", one, other));
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
                    Say("in {} tensors {}'s values are {}'s as {} holds them{}",
                        "텐서 {}개에서 {}의 값은 {}의 값을 {}로 담은 것{}", same.tensors,
                        of_a ? "A" : "B", of_a ? "B" : "A", type,
                        lossy.tensors == 0 ? Said{", without loss", "(손실 없음)"} : Said{}));
    }
    if (!findings.IsMuch(lossy)) continue;
    found.AddSign(SignKind::kCast, of_a ? Direction::kBToA : Direction::kAToB,
                  Say("{0} has digits in {1} tensors that {2} lacks",
                      "{0}는 텐서 {1}개에서 {2}에 없는 자릿수를 가짐", of_a ? "B" : "A",
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
