// One tensor of a quantised model, checked range by range.
#ifndef MODELKIN_REQUANT_TENSOR_CHECK_H_
#define MODELKIN_REQUANT_TENSOR_CHECK_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "requant/requant.h"

namespace modelkin {

// What was found in a range of blocks. There are two measures of what is explained: that of a
// quantiser which is known but for rounding, and that of one that was led by weights which are not.
struct BlockTally {
  std::uint64_t blocks = 0, identical = 0;
  std::uint64_t explained_by_rounding = 0, explained_by_weights = 0;  // of those not identical
  double largest_deviation = 0, largest_steps = 0;                    // of those not identical
  // Squares of distances from the original: of what is stored, and of what we would store.
  double squares = 0, squares_of_ours = 0;
  std::vector<DeviatingBlock> unexplained_by_rounding, unexplained_by_weights;  // the first of each

  // Adds what was found behind this.
  void Merge(const BlockTally& next);
};

class TensorCheck {
 public:
  virtual ~TensorCheck() = default;
  TensorCheck() = default;
  TensorCheck(const TensorCheck&) = delete;
  TensorCheck& operator=(const TensorCheck&) = delete;

  virtual std::uint64_t block_values() const = 0;
  // Blocks that are counted one by one, and those that are checked at once, a unit of them.
  virtual std::uint64_t units() const = 0;
  virtual std::uint64_t UnitValues() const = 0;
  // Checks units [begin, begin + count). Thread-safe.
  virtual BlockTally Check(std::uint64_t begin, std::uint64_t count) const = 0;
  // Fills in all that follows from the whole tally.
  virtual void Conclude(const BlockTally& tally, TensorRequant& result) const = 0;
};

inline constexpr std::size_t kMostNamedBlocks = 8;

// Puts a block into a list that holds the first few.
void NoteBlock(std::vector<DeviatingBlock>& list, DeviatingBlock block);

// Fills in numbers of blocks, the outcome and the deviating blocks by one of the two measures.
void CountBlocks(const BlockTally& tally, bool by_weights, TensorRequant& result);

// The two tensors, in their checkpoints.
struct CheckedPair {
  const Checkpoint& original;
  const Tensor& a;
  const Checkpoint& quantised;
  const Tensor& q;
};

// Each returns nothing where the tensor is of another sort, with a reason in `why` where it is of
// this sort and can't be checked.
std::unique_ptr<const TensorCheck> MakeBlockCheck(const CheckedPair& pair, std::string& why);
std::unique_ptr<const TensorCheck> MakeGroupCheck(const CheckedPair& pair, std::string& why);
std::unique_ptr<const TensorCheck> MakeCastCheck(const CheckedPair& pair, std::string& why);
std::unique_ptr<const TensorCheck> MakeGridCheck(const CheckedPair& pair, std::string& why);

}  // namespace modelkin

#endif  // MODELKIN_REQUANT_TENSOR_CHECK_H_
