// Hidden units whose signs were changed, of all of an MLP.
#ifndef MODELKIN_KINSHIP_NEGATED_ROWS_H_
#define MODELKIN_KINSHIP_NEGATED_ROWS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "lineage/model_parts.h"

namespace modelkin {

// Returns the units, ascending, whose rows of `b` are those of `a` in the same place negated, their
// cosine being five deviations of one of random directions below 0. Nothing of weights that are not
// stored by rows, or of other shapes. Reads both once, and holds few rows of them.
std::optional<std::vector<std::uint32_t>> NegatedRows(const ModelParts& model_a, const Part& a,
                                                      const ModelParts& model_b, const Part& b);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_NEGATED_ROWS_H_
