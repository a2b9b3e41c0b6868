// Sums in 32 bits in the order in which torch adds on processors with AVX2: the same terms in
// another order have other last bits.
#ifndef MODELKIN_MERGING_TORCH_SUMS_H_
#define MODELKIN_MERGING_TORCH_SUMS_H_

#include <span>

namespace modelkin {

// Returns what torch.sum gives of a contiguous row. `threads`: those that torch had; a row of 32768
// or more is cut into as many parts at most.
float TorchSum(std::span<const float> values, unsigned threads = 1);

// Returns what torch.linalg.vector_norm gives of a contiguous row, whatever its threads.
float TorchNorm(std::span<const float> values);

}  // namespace modelkin

#endif  // MODELKIN_MERGING_TORCH_SUMS_H_
