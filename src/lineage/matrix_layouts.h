// Matrices seen otherwise than they are stored: views, which copy nothing.
#ifndef MODELKIN_LINEAGE_MATRIX_LAYOUTS_H_
#define MODELKIN_LINEAGE_MATRIX_LAYOUTS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace modelkin {

// Whether it has two axes and is no view whose shape joins some.
bool IsPlainMatrix(const Tensor& tensor);

Tensor Transposed(const Tensor& matrix);

// Parts of so many rows each, one after the other; names end in ".part0", ".part1". The numbers add
// up to the matrix's rows.
std::vector<Tensor> RowBlocks(const Tensor& matrix, std::span<const std::uint64_t> rows);

// `count` parts, each of every count-th row. `count` divides the number of rows.
std::vector<Tensor> AlternateRows(const Tensor& matrix, std::uint64_t count);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_MATRIX_LAYOUTS_H_
