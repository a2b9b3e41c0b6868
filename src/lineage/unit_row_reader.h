// Rows of single hidden units, read without the rest of their weight.
#ifndef MODELKIN_LINEAGE_UNIT_ROW_READER_H_
#define MODELKIN_LINEAGE_UNIT_ROW_READER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "lineage/model_parts.h"
#include "lineage/unit_matrix.h"
#include "lineage/unit_relations.h"

namespace modelkin {

// Of a weight of an MLP, whichever of its two axes runs over units: a row holds the unit's weights
// over residual coordinates. Thread-compatible; the model has to outlive it.
class UnitRowReader {
 public:
  UnitRowReader(const ModelParts& model, const Part& part)
      : reader_(model.checkpoint, *part.tensor, *part.residual_axis()) {}

  std::size_t units() const { return reader_.lengths().positions(); }
  std::size_t columns() const { return reader_.lengths().units; }

  // Fills `rows` with units [first, first + count). Returns whether all values are finite.
  bool Read(std::uint64_t first, std::uint64_t count, std::vector<float>& rows) const;
  // Returns these units in their order, each row scaled to a norm of 1.
  UnitRows ReadThese(std::span<const std::uint32_t> units) const;

  // Throws Error(kBadInput) if the file shrank meanwhile.
  void RequireNothingLost() const { reader_.RequireNothingLost(); }

 private:
  UnitReader reader_;
};

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_UNIT_ROW_READER_H_
