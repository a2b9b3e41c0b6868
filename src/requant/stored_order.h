// The original's values in the order in which a quantised weight stores them.
#ifndef MODELKIN_REQUANT_STORED_ORDER_H_
#define MODELKIN_REQUANT_STORED_ORDER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "checkpoint/tensor_reader.h"

namespace modelkin {

// Elements of a weight that lie one after the other as it is stored.
struct StoredRun {
  std::uint64_t place = 0;  // of the first, in the stored order
  std::uint64_t count = 0;
};

// An order of elements in which runs of both sides can be read: that of the weight where its rows
// lie in one piece, else that of what is stored. Points into the checkpoints.
class StoredOrder {
 public:
  // Nothing where no run is as long as `run_values`, or begins at a multiple of it.
  static std::optional<StoredOrder> Find(const Checkpoint& original, const Tensor& a,
                                         const Tensor& q, std::uint64_t run_values);

  // Writes the original's values, as floats.
  void ReadOriginal(std::uint64_t begin, std::uint64_t count, float* out) const;
  // Returns where elements [begin, begin + count) are stored.
  std::vector<StoredRun> Runs(std::uint64_t begin, std::uint64_t count) const;
  // Whether the original's values are floats of 32 bits or less, exactly.
  bool is_exact() const { return FitsFloat(a_.dtype); }

  TensorReader reader() const { return {*original_, a_}; }

 private:
  StoredOrder(const Checkpoint& original, Tensor a) : original_(&original), a_(std::move(a)) {}

  const Checkpoint* original_;
  Tensor a_;
  std::shared_ptr<const TensorView> view_;  // of the weight; null where runs are endless
};

}  // namespace modelkin

#endif  // MODELKIN_REQUANT_STORED_ORDER_H_
