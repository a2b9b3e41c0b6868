#include "requant/tensor_check.h"

#include <algorithm>
#include <array>
#include <utility>

namespace modelkin {

std::string_view OutcomeName(RequantOutcome outcome) {
  constexpr std::array<std::string_view, 4> kNames = {"identical", "consistent", "deviates",
                                                      "unchecked"};
  return kNames[static_cast<std::size_t>(outcome)];
}

void BlockTally::Merge(const BlockTally& next) {
  blocks += next.blocks;
  identical += next.identical;
  explained_by_rounding += next.explained_by_rounding;
  explained_by_weights += next.explained_by_weights;
  largest_deviation = std::max(largest_deviation, next.largest_deviation);
  largest_steps = std::max(largest_steps, next.largest_steps);
  squares += next.squares;
  squares_of_ours += next.squares_of_ours;
  for (const DeviatingBlock& block : next.unexplained_by_rounding) {
    NoteBlock(unexplained_by_rounding, block);
  }
  for (const DeviatingBlock& block : next.unexplained_by_weights) {
    NoteBlock(unexplained_by_weights, block);
  }
}

void NoteBlock(std::vector<DeviatingBlock>& list, DeviatingBlock block) {
  if (list.size() < kMostNamedBlocks) list.push_back(std::move(block));
}

void CountBlocks(const BlockTally& tally, bool by_weights, TensorRequant& result) {
  result.blocks = tally.blocks;
  result.blocks_consistent = by_weights ? tally.explained_by_weights : tally.explained_by_rounding;
  result.blocks_deviating = tally.blocks - tally.identical - result.blocks_consistent;
  result.largest_deviation = tally.largest_deviation;
  result.largest_deviation_steps = tally.largest_steps;
  result.first_deviating =
      by_weights ? tally.unexplained_by_weights : tally.unexplained_by_rounding;
  result.outcome = result.blocks_deviating > 0    ? RequantOutcome::kDeviates
                   : result.blocks_consistent > 0 ? RequantOutcome::kConsistent
                                                  : RequantOutcome::kIdentical;
}

}  // namespace modelkin
