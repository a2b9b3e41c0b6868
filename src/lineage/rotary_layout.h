// Finds the order that rows of queries and keys have within a head, and puts them in another.
#ifndef MODELKIN_LINEAGE_ROTARY_LAYOUT_H_
#define MODELKIN_LINEAGE_ROTARY_LAYOUT_H_

#include "architecture/rotary_order.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

// By the inner products of each head's rows among themselves, which neither the order of residual
// coordinates nor their rotation changes: the order and the size of heads under which most
// query and key weights of some layers have A's in B. kSame unless they are clearly more alike
// (correlation over 0.8 in most tensors, and a third above what they have as stored). Looks at
// names of Llama-like decoders, and reads the first 256 rows of at most 8 tensors of each.
RotaryOrder FindRotaryOrder(const Checkpoint& a, const Checkpoint& b, unsigned threads);

// B's query and key weights in A's order, and such of their biases and norms as come nearer to A's
// by it. Values stay where they are: tensors get views.
Checkpoint InRotaryOrder(const Checkpoint& b, const Checkpoint& a, const RotaryOrder& order);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_ROTARY_LAYOUT_H_
