// Which scale belongs to which element: blocks of rows and columns.
#ifndef MODELKIN_STORAGE_FORMS_BLOCK_GRID_H_
#define MODELKIN_STORAGE_FORMS_BLOCK_GRID_H_

#include <cstdint>
#include <optional>
#include <string>

#include "numeric/shape.h"
#include "storage/form.h"

namespace modelkin::forms {

// Blocks of a weight whose leading dimensions are taken as one: [batch, rows, columns]. The last
// block of each may be cut.
struct BlockGrid {
  std::uint64_t rows = 1;     // of a batch
  std::uint64_t columns = 1;  // of a row
  std::uint64_t block_rows = 1;
  std::uint64_t block_columns = 1;
  std::uint64_t scales_of_row = 1;    // scales beside each other
  std::uint64_t scales_of_batch = 0;  // from one batch to the next; 0 where all have the same

  // Returns the index of the scale of an element; rows are counted over all batches.
  std::uint64_t ScaleOf(std::uint64_t row, std::uint64_t column) const {
    return row / rows * scales_of_batch + row % rows / block_rows * scales_of_row +
           column / block_columns;
  }

  // Returns "in blocks of 128 x 128", "one scale a row".
  std::string Label() const;
  std::string Block() const;
};

// Returns how scales of a shape are spread over a weight: one for all; one for each place along
// leading dimensions; or as many dimensions as the weight has, each of which is whole, 1, or blocks
// of the two last. Blocks have the size that the config gives ("weight_block_size") where that
// fits, else the one that divides the weight, else 128. Nothing where no such shape is possible.
std::optional<BlockGrid> FindBlockGrid(const Shape& weight, const Shape& scales,
                                       const QuantisationConfig& config);

}  // namespace modelkin::forms

#endif  // MODELKIN_STORAGE_FORMS_BLOCK_GRID_H_
