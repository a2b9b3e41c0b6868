#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "kinship/relation_builder.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

// Largest singular value of changes over that of noise, above which they are no noise.
constexpr double kStructured = 1.25;
// Slopes of B's values on A's small ones, over that on the large ones, and of the latter, where
// small weights were taken away.
constexpr double kForgotten = 0.1, kKept = 0.9;
// Long training forgets small weights as well.
constexpr double kMostForgotten = 0.4;
// |cosine| of directions that two tensors lost.
constexpr double kSameDirectionRemoved = 0.9;
constexpr double kMostOfFours = 0.6;
constexpr double kTwoFour = 0.99, kNoTwoFour = 0.6;

std::string Describe(const QuantisationGrid& grid) {
  const std::string kind = grid.kind == GridKind::kInteger  ? fmt::format("int{}", grid.bits)
                           : grid.kind == GridKind::kLevels ? "16 levels (4 bits)"
                                                            : std::string(GridName(grid.kind));
  if (grid.block.rows == 0) return kind + ", one scale a tensor";
  if (grid.block.columns == 0) return kind + ", one scale a row";
  return fmt::format("{}, blocks of {} x {}", kind, grid.block.rows, grid.block.columns);
}

}  // namespace

void RelationBuilder::AddCasts() {
  for (const bool of_a : {false, true}) {
    std::map<std::string, FoundTensors> by_type;
    FoundTensors lossy;
    for (const TensorHeritage& tensor : heritage_) {
      if (tensor.heritage != HeritageClass::kCast || tensor.a_is_the_cast != of_a) continue;
      by_type[std::string(DTypeName(*tensor.cast_type))].Add(tensor);
      // Stored in a wider type is no loss, and tells nothing of the order.
      if (tensor.changes->equal < tensor.changes->compared) lossy.Add(tensor);
    }
    for (const auto& [type, found] : by_type) {
      if (!IsMuch(found)) continue;
      AddKind("exact_cast", fmt::format("in {} tensors {}'s values are {}'s as {} holds them{}",
                                        found.tensors, of_a ? "A" : "B", of_a ? "B" : "A", type,
                                        lossy.tensors == 0 ? ", without loss" : ""));
    }
    if (!IsMuch(lossy)) continue;
    AddSign(SignKind::kCast, of_a ? Direction::kBToA : Direction::kAToB,
            fmt::format("{} has digits in {} tensors that {} lacks", of_a ? "B" : "A",
                        lossy.tensors, of_a ? "A" : "B"));
  }
}

void RelationBuilder::AddGrids() {
  AddGrid(false);
  AddGrid(true);
}

void RelationBuilder::AddGrid(bool of_a) {
  std::map<std::string, std::uint64_t> grids;
  std::vector<double> near;
  const FoundTensors found = Find([&](const TensorHeritage& tensor) {
    const auto& grid = of_a ? tensor.grid_of_a : tensor.grid;
    if (!grid || grid->a_has_one) return false;
    ++grids[Describe(*grid)];
    near.push_back(grid->within_half_step);
    return true;
  });
  if (!IsMuch(found)) return;
  std::string list;
  for (const auto& [grid, tensors] : grids) {
    list += fmt::format("{}{} ({})", list.empty() ? "" : "; ", grid, tensors);
  }
  const double half_step = *Median(near);
  const bool rounded = half_step >= 0.99;
  const char* const one = of_a ? "A" : "B";
  const char* const other = of_a ? "B" : "A";
  AddKind("quantised",
          fmt::format("values of {} tensors of {} lie on grids: {}; {:.1f}% of {}'s values are "
                      "within half a step{}",
                      found.tensors, one, list, 100 * half_step, other,
                      rounded ? "" : ": what was quantised had changed before"),
          {{"tensors", static_cast<double>(found.tensors)}, {"within_half_step", half_step}});
  if (rounded) {
    AddSign(
        SignKind::kQuantised, of_a ? Direction::kBToA : Direction::kAToB,
        fmt::format("{}'s values lie on a grid, and {}'s within half a step of them", one, other));
  }
}

// Then zeros are a level of the grid, on tensors too for which it was not found.
bool RelationBuilder::IsQuantised(bool of_a) const {
  return IsMuch(Find([&](const TensorHeritage& tensor) {
    return (of_a ? tensor.grid_of_a : tensor.grid).has_value() || (of_a && tensor.a_on_own_grid);
  }));
}

void RelationBuilder::AddPruned() {
  for (const bool of_a : {false, true}) {
    if (IsQuantised(of_a)) continue;
    std::uint64_t zeroed = 0, compared = 0, fours = 0, half_zero = 0, before = 0;
    const FoundTensors pruned = Find([&](const TensorHeritage& tensor) {
      if (!tensor.changes || tensor.link.rotated) return false;
      const ElementChanges& changes = *tensor.changes;
      const auto& side = of_a ? changes.in_a : changes.in_b;
      if (tensor.heritage == HeritageClass::kUnrelated || !side.looks_pruned(changes.compared)) {
        return false;
      }
      zeroed += side.count;
      compared += changes.compared;
      fours += changes.fours;
      half_zero += of_a ? changes.half_zero_a : changes.half_zero_b;
      before += of_a ? changes.half_zero_b : changes.half_zero_a;
      return true;
    });
    if (!IsMuch(pruned)) {
      if (!of_a) AddForgotten();
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
    AddKind(two_four ? "pruned_2_4" : "pruned",
            fmt::format("{:.1f}% of the values of {} tensors are 0 in {}, and were small in {}{}",
                        100 * share, pruned.tensors, one, of_a ? "B" : "A",
                        two_four ? "; two of every four" : ""),
            {{"share", share}, {"two_of_four", in_fours}}, pruned.few_roles());
    AddSign(SignKind::kPruned, of_a ? Direction::kBToA : Direction::kAToB,
            fmt::format("{} is 0 where {} has small values", one, of_a ? "B" : "A"));
  }
}

// Zeros that further training filled: small weights of A are gone, large ones are there.
void RelationBuilder::AddForgotten() {
  std::vector<double> small, large;
  const FoundTensors found = Find([&](const TensorHeritage& tensor) {
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
  if (!IsMuch(found)) return;
  AddKind("pruned",
          fmt::format("small weights of A left nothing in {} tensors of B (regression slope "
                      "{:.2f}), large ones did (slope {:.2f}): pruned, and trained on or with "
                      "noise added",
                      found.tensors, *Median(small), *Median(large)),
          {{"slope_of_small", *Median(small)}, {"slope_of_large", *Median(large)}},
          found.few_roles());
}

// The same direction out of tensors of several layers.
void RelationBuilder::AddRemovedDirection() {
  const auto first = std::ranges::find_if(
      heritage_, [](const TensorHeritage& tensor) { return tensor.removed.has_value(); });
  if (first == heritage_.end()) return;
  std::vector<double> shares;
  std::set<std::uint32_t> layers;
  const FoundTensors found = Find([&](const TensorHeritage& tensor) {
    if (!tensor.removed || Alikeness(*tensor.removed, *first->removed) < kSameDirectionRemoved) {
      return false;
    }
    shares.push_back(tensor.removed->share);
    if (tensor.link.b->layer) layers.insert(*tensor.link.b->layer);
    return true;
  });
  if (layers.size() < 2) return;
  direction_removed_ = true;
  AddKind("direction_removed",
          fmt::format("one direction of the residual stream is taken out of {} tensors of {} "
                      "layers, the same in all ({:.0f}% of what they had along it)",
                      found.tensors, layers.size(), 100 * *Median(shares)),
          {{"tensors", static_cast<double>(found.tensors)},
           {"layers", static_cast<double>(layers.size())},
           {"share", *Median(shares)}},
          found.few_roles());
}

void RelationBuilder::AddLowRank() {
  std::map<std::uint64_t, std::uint64_t> ranks;
  std::vector<double> changes;
  const FoundTensors found = Find([&](const TensorHeritage& tensor) {
    if (tensor.heritage != HeritageClass::kLowRankEdit) return false;
    if (direction_removed_ && tensor.removed) return false;
    ++ranks[tensor.spectrum->low_rank->rank];
    changes.push_back(tensor.changes->relative_change().value_or(0));
    return true;
  });
  if (found.tensors == 0) return;
  const auto [rank, count] =
      *std::ranges::max_element(ranks, {}, [](const auto& entry) { return entry.second; });
  AddKind("lora_merge",
          fmt::format("changes of {} tensors have rank {} ({} of them exactly that), with a "
                      "median relative size of {:.3g}",
                      found.tensors, rank, count, *Median(changes)),
          {{"rank", static_cast<double>(rank)},
           {"tensors", static_cast<double>(found.tensors)},
           {"relative_change", *Median(changes)}},
          found.few_roles());
}

void RelationBuilder::AddMerge() {
  if (merge_ == nullptr || !merge_->is_merge) return;
  const double explained = merge_->explained.value_or(0);
  Figures figures = {{"explained", explained}, {"residual", merge_->residual}};
  std::string weights;
  for (std::size_t i = 0; i < merge_->weights.size(); ++i) {
    const WeightEstimate& weight = merge_->weights[i];
    weights += fmt::format("{}{:.3f} ({:.3f} to {:.3f}; of single tensors {:.3f} to {:.3f})",
                           i == 0 ? "" : ", ", weight.mean, weight.low, weight.high,
                           weight.tensors_low, weight.tensors_high);
    figures.emplace_back(fmt::format("weight_{}", i + 1), weight.mean);
  }
  AddKind("merged",
          fmt::format("{} merge of the parents with weights {}; it explains {:.1f}% of "
                      "what separates B from the nearest of them",
                      MergeMethodName(merge_->method), weights, 100 * explained),
          std::move(figures));
  if (!merge_->goes_back_to_a) return;
  AddSign(SignKind::kMerged, Direction::kAToB,
          "B is a mixture of A and other models; A as one of B would need a negative weight");
}

void RelationBuilder::AddDrift() {
  std::vector<double> changes, structure;
  const FoundTensors drifted = Find([&](const TensorHeritage& tensor) {
    // Vectors have no baseline of their own.
    if (tensor.heritage != HeritageClass::kDrifted || tensor.link.b->tensor->shape.size() < 2) {
      return false;
    }
    // The mean of several experts is far from each.
    const Component component = tensor.link.b->component;
    const bool mlp = component == Component::kRoutedExperts || component == Component::kDenseMlp;
    if (experts_merged_ && mlp) return false;
    const auto change = tensor.changes->relative_change();
    if (change) changes.push_back(*change);
    if (tensor.spectrum) structure.push_back(tensor.spectrum->largest_over_noise);
    return true;
  });
  // A mixture changes everything, and explains it.
  if (!IsMuch(drifted) || changes.empty() || (merge_ != nullptr && merge_->is_merge)) return;
  const auto over_noise = Median(structure);
  Figures figures = {{"tensors", static_cast<double>(drifted.tensors)},
                     {"relative_change", *Median(changes)}};
  if (over_noise) figures.emplace_back("largest_over_noise", *over_noise);
  const bool noise = !is_rotated() && over_noise && *over_noise < kStructured;
  AddKind(noise ? "noise_added" : "fine_tuned",
          fmt::format("{} tensors changed all over, by {:.3g} of their size in the middle; {}",
                      drifted.tensors, *Median(changes),
                      is_rotated()  ? "what a fitted rotation leaves does not tell learning from "
                                      "noise"
                      : !over_noise ? "too much to tell learning from noise"
                      : noise       ? "the changes have the spectrum of independent noise"
                                    : "the changes have directions, as learning gives"),
          std::move(figures));
}

void RelationBuilder::AddCopy() {
  const FoundTensors same = Find(
      [](const TensorHeritage& tensor) { return tensor.heritage == HeritageClass::kIdentical; });
  if (same.tensors == 0 || pair_.b.packed.tensors > 0) return;
  const bool all = std::ranges::all_of(heritage_, [](const TensorHeritage& tensor) {
    return tensor.heritage == HeritageClass::kIdentical || tensor.link.folded;
  });
  if (!all) return;
  relation_.kinds.insert(
      relation_.kinds.begin(),
      {.name = "copy",
       .evidence = fmt::format("all {} tensors of B{} have A's values", same.tensors,
                               pair_.b.incomplete ? " that are there" : ""),
       .figures = {},
       .roles = {}});
}
}  // namespace modelkin
