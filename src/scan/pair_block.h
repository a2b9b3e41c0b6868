// One block of a tensor pair: stored bytes in, moments out.
#ifndef MODELKIN_SCAN_PAIR_BLOCK_H_
#define MODELKIN_SCAN_PAIR_BLOCK_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "kernels/pair_sums.h"
#include "numeric/dtype.h"
#include "scan/pair_moments.h"

namespace modelkin {

// Buffers of one worker; reused from block to block, about 0.5 MiB.
struct BlockScratch {
  std::vector<float> float_a, float_b;
  std::vector<double> double_a, double_b;
  std::vector<std::uint32_t> finite_pairs;  // their indices, after a block that was not all finite
};

struct BlockResult {
  PairMoments moments;
  bool all_finite = true;
};

// Values near the means of both sides, from which deviations are taken.
struct Pivots {
  float a = 0;
  float b = 0;
};

// From 8 runs of 8 elements, spread: 0 where a mean is small beside its standard deviation. Of few
// enough bits for SumPairs. Both types comparable.
Pivots ChoosePivots(DType type_a, const std::byte* a, DType type_b, const std::byte* b,
                    std::size_t count);
// Chooses one side's, of `count` elements. read(begin, length) returns the bytes of some, valid
// until it is called again.
float ChoosePivot(
    DType dtype, std::size_t count,
    const std::function<const std::byte*(std::size_t begin, std::size_t length)>& read);

// `count` in [1, kMaxBlockElements] elements of each side. Both types comparable.
//
// Two ways to the same numbers. Where both types fit a float, a float kernel runs on deviations
// from the pivots; its result is taken only if nothing overflowed or underflowed there, all was
// finite, the pivots were near enough (within two standard deviations of the means) for no digits
// to cancel, and the sums were not those of a few numbers, whose roundings do not cancel out.
// Otherwise the block is done again in double, in two passes. Which of them a block takes depends
// on its bytes and the pivots alone.
BlockResult ComparePairBlock(DType type_a, const std::byte* a, DType type_b, const std::byte* b,
                             std::size_t count, const Pivots& pivots, BlockScratch& scratch);

// The way in double alone: the reference that the kernels are tested against.
BlockResult ComparePairBlockInDouble(DType type_a, const std::byte* a, DType type_b,
                                     const std::byte* b, std::size_t count, BlockScratch& scratch);

}  // namespace modelkin

#endif  // MODELKIN_SCAN_PAIR_BLOCK_H_
