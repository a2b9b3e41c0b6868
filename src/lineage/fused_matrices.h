// Matrices of unknown names that hold several of another model's.
#ifndef MODELKIN_LINEAGE_FUSED_MATRICES_H_
#define MODELKIN_LINEAGE_FUSED_MATRICES_H_

#include <vector>

#include "checkpoint/checkpoint.h"

namespace modelkin {

// A tensor of a checkpoint, or a part of it.
struct Piece {
  const Tensor* whole = nullptr;
  Tensor tensor;

  bool is_whole() const { return tensor.name == whole->name; }
};

// Takes apart those of B's tensors that have the shape, or the transposed shape, that one of A's
// MLPs would have with gate and up in one matrix, or one of its attentions with queries, keys and
// values, where none of A's own tensors has it. Gate and up may come in either order, one above the
// other or their rows in turn: in the way that brings the moments of the parts nearer to those of
// one of A's MLPs. `only_in_a`, `only_in_b`: tensors whose names the other lacks.
std::vector<Piece> TakenApart(const Checkpoint& a, const std::vector<const Tensor*>& only_in_a,
                              const Checkpoint& b, const std::vector<const Tensor*>& only_in_b);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_FUSED_MATRICES_H_
