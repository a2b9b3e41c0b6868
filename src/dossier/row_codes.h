// Projected rows as whole numbers of a byte each.
#ifndef MODELKIN_DOSSIER_ROW_CODES_H_
#define MODELKIN_DOSSIER_ROW_CODES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "lineage/unit_relations.h"

namespace modelkin {

using RowCodes = std::vector<std::int8_t>;

// Appends a row divided by its largest size, times 127, rounded: from -127 to 127, all 0 of a row
// that is 0. A row's size is lost, which cosines do not need; theirs changes by about 1e-4.
void AppendCodes(std::span<const double> row, RowCodes& codes);

// Returns the rows, `dimensions` codes each, scaled to a norm of 1. Requires a whole number of
// rows.
UnitRows RowsOfCodes(const RowCodes& codes, std::size_t dimensions);

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_ROW_CODES_H_
