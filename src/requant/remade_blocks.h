// Whether a quantiser makes some blocks of one tensor again.
#ifndef MODELKIN_REQUANT_REMADE_BLOCKS_H_
#define MODELKIN_REQUANT_REMADE_BLOCKS_H_

#include <cstdint>
#include <optional>

#include "checkpoint/checkpoint.h"

namespace modelkin {

// Blocks that were looked at. The rest is neither.
struct RemadeBlocks {
  std::uint64_t blocks = 0, identical = 0;
  std::uint64_t consistent = 0;  // that the quantiser could have chosen
  bool is_of_ggml = false;       // by whose quantisers alone files of such forms are written
};

// Quantises up to 2,048 blocks of the original again, spread over the tensor. Nothing where the
// tensor is not quantised in a form that is made here, shapes differ, or one scale is for over 2^20
// values.
std::optional<RemadeBlocks> RemakeBlocks(const Checkpoint& original, const Tensor& a,
                                         const Checkpoint& quantised, const Tensor& q);

}  // namespace modelkin

#endif  // MODELKIN_REQUANT_REMADE_BLOCKS_H_
