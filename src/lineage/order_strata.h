// Which groups of units stand in one order: experts that were copied from one MLP, layers that
// repeat. Tests may count each order once, and no more: docs/lineage.md, "One order counts once".
#ifndef MODELKIN_LINEAGE_ORDER_STRATA_H_
#define MODELKIN_LINEAGE_ORDER_STRATA_H_

#include <cstddef>
#include <vector>

#include "lineage/unit_relations.h"

namespace modelkin {

// A short description of units in their order: a row of random sums of its weights for each, at
// least 2,048 numbers in all, the mean over units taken away, scaled to a norm of 1. Descriptions
// of units in independent orders have an inner product of 0 up to 1 / sqrt(numbers); where units in
// the same places are alike, it is nearly their mean cosine. Empty where all units are the same.
using OrderSketch = std::vector<float>;

OrderSketch SketchOrder(const UnitRows& rows);

// For each of them the first that it shares its order with, or itself: those of the same length
// whose inner product is over 6 / sqrt(length), and all that these are linked with.
std::vector<std::size_t> OrderStrata(const std::vector<const OrderSketch*>& sketches,
                                     unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_ORDER_STRATA_H_
