// How far another model's values are from those that a stored form could give them.
#ifndef MODELKIN_KINSHIP_STORED_GRID_H_
#define MODELKIN_KINSHIP_STORED_GRID_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "kinship/quantisation_grid.h"

namespace modelkin {

// Compares a weight that is decoded from a quantised form with the other model's, which has the
// same shape or, with `rows`, those of its rows in that order. Steps are the form's own
// (WeightDecoder::GridSteps). `other_type`: that the other's values are stored in. Looks at up to
// 512 rows. Nothing where the weight is not of such a form, shapes differ, or no value of both is
// finite and was rounded.
std::optional<QuantisationGrid> FindStoredGrid(const Checkpoint& other_model, const Tensor& other,
                                               DType other_type, const Checkpoint& model,
                                               const Tensor& weight,
                                               const std::vector<std::uint32_t>* rows);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_STORED_GRID_H_
