// A tensor as matrices whose one side runs over the units of an axis, decoded to floats.
#ifndef MODELKIN_LINEAGE_UNIT_MATRIX_H_
#define MODELKIN_LINEAGE_UNIT_MATRIX_H_

#include <cstdint>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "checkpoint/tensor_reader.h"

namespace modelkin {

// Of the axes of a tensor, `units` is the length of the chosen one, `outer` the number of positions
// of those before it, `inner` of those after it.
struct AxisLengths {
  std::uint64_t outer = 1, units = 1, inner = 1;
  std::uint64_t positions() const { return outer * inner; }
};

AxisLengths LengthsAround(const Shape& shape, std::size_t axis);

// Reads a tensor by positions along all axes but one: position p = (outer, inner) gives one value
// for each unit. Thread-compatible; the checkpoint has to outlive it.
class UnitReader {
 public:
  UnitReader(const Checkpoint& checkpoint, const Tensor& tensor, std::size_t axis);

  const AxisLengths& lengths() const { return lengths_; }
  // Whether a position's values lie side by side, so that Read gives positions as rows.
  bool positions_are_rows() const { return lengths_.inner == 1; }

  // Positions [begin, begin + count): as `count` rows of `units` values, or, if positions are no
  // rows, as `units` rows of `count` values; the range must then lie within one outer position.
  // Returns whether all values are finite.
  bool Read(std::uint64_t begin, std::uint64_t count, std::vector<float>& values) const;

  // Largest count that Read takes from `begin`.
  std::uint64_t CountFrom(std::uint64_t begin) const;

  // Throws Error(kBadInput) if the file shrank meanwhile.
  void RequireNothingLost() const { side_.RequireNothingLost(); }

 private:
  bool Decode(std::uint64_t begin, std::uint64_t count, float* out) const;

  TensorReader side_;
  AxisLengths lengths_;
};

// All of a tensor with a row for each unit of `axis`, of its positions in order. Returns whether
// all is finite.
bool ReadByUnit(const Checkpoint& checkpoint, const Tensor& tensor, std::size_t axis,
                std::vector<float>& rows);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_UNIT_MATRIX_H_
