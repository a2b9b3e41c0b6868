// What reading tensors of a checkpoint would move over a network.
#ifndef MODELKIN_CHECKPOINT_MOVE_PLAN_H_
#define MODELKIN_CHECKPOINT_MOVE_PLAN_H_

#include <cstdint>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace modelkin {

struct MovePlan {
  std::uint64_t tensors = 0;
  std::uint64_t bytes = 0;    // of these tensors
  std::uint64_t to_move = 0;  // in whole blocks, less those in a cache; 0 for files of this machine
  std::uint64_t checkpoint_bytes = 0;  // of all tensors
};

// Returns what reading `tensors` would move, with all parts of coded ones, each counted as a
// tensor. A tensor may be named more than once. `checkpoint` has the tensors, or those that they
// are views of.
MovePlan PlanMoves(const Checkpoint& checkpoint, std::vector<const Tensor*> tensors);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_MOVE_PLAN_H_
