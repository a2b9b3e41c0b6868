// Where in a committed tensor the rows of a weight lie.
#ifndef MODELKIN_DOSSIER_PLACED_WEIGHT_H_
#define MODELKIN_DOSSIER_PLACED_WEIGHT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "lineage/model_parts.h"
#include "lineage/unit_matrix.h"

namespace modelkin {

// A matrix with a row of residual coordinates for each unit: element (u, c) is element offset + u
// unit_stride + c coordinate_stride of the tensor, in the order of its shape.
struct WeightPlace {
  std::string tensor;
  std::uint64_t offset = 0;
  std::uint64_t units = 0, unit_stride = 0;
  std::uint64_t coordinates = 0, coordinate_stride = 0;

  bool operator==(const WeightPlace&) const = default;
};

// Returns where `part` lies, which has two axes; nothing where no two strides say so, or where the
// tensor that holds it is not one of `committed`. Parts are of that checkpoint under other names.
std::optional<WeightPlace> PlaceOf(const Part& part, const Checkpoint& committed);

// Whether rows or columns lie side by side and no two elements are one, inside a tensor of so many
// elements: what a stranger's place has to be.
bool IsPlaceIn(const WeightPlace& place, std::uint64_t elements);

// Reads rows of units. Thread-compatible; the checkpoint has to outlive it.
class PlacedRows {
 public:
  // Throws Error(kBadInput) where `checkpoint` lacks the tensor, or it does not hold the place.
  PlacedRows(const Checkpoint& checkpoint, const WeightPlace& place);

  std::uint64_t units() const { return units_; }
  std::size_t coordinates() const { return coordinates_; }
  // Returns how many units to read at once, from `first` on.
  std::uint64_t CountFrom(std::uint64_t first) const;
  // Fills `rows` with units [first, first + count). Returns whether all values are finite.
  bool Read(std::uint64_t first, std::uint64_t count, std::vector<float>& rows) const;
  // Throws Error(kBadInput) if the file shrank meanwhile.
  void RequireNothingLost() const { reader_->RequireNothingLost(); }

 private:
  std::uint64_t units_;
  std::size_t coordinates_;
  std::unique_ptr<const Tensor> tensor_;
  std::unique_ptr<const UnitReader> reader_;
};

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_PLACED_WEIGHT_H_
