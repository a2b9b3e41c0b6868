// Whether a change takes one direction of the residual stream out of what is written to it.
#ifndef MODELKIN_KINSHIP_REMOVED_DIRECTION_H_
#define MODELKIN_KINSHIP_REMOVED_DIRECTION_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace modelkin {

// B = A - share u u^T A, u over residual coordinates (Arditi et al., "Refusal in language models is
// mediated by a single direction", arXiv 2406.11717).
struct RemovedDirection {
  std::vector<double> direction;  // u, of length 1; its sign is arbitrary
  double share = 0;               // of A's part along u that is gone; 1: all of it
};

// |cosine| of two of them; 0 if they are not of one length.
double Alikeness(const RemovedDirection& x, const RemovedDirection& y);

// Of matrices of one shape whose change is of rank 1; `axis` runs over residual coordinates.
// Nothing where the change is not along what A has in that direction, as it is not for a LoRA.
std::optional<RemovedDirection> FindRemovedDirection(const Checkpoint& a, const Tensor& tensor_a,
                                                     const Checkpoint& b, const Tensor& tensor_b,
                                                     std::size_t axis);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_REMOVED_DIRECTION_H_
