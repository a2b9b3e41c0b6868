// The trace test over residual coordinates, by drawn rows of tensors.
#ifndef MODELKIN_LINEAGE_DRAWN_RESIDUAL_TRACE_H_
#define MODELKIN_LINEAGE_DRAWN_RESIDUAL_TRACE_H_

#include "base/progress.h"
#include "lineage/draw_plan.h"
#include "lineage/residual_trace.h"
#include "statistics/permutation_test.h"

namespace modelkin {

// Returns what TraceResidual does of plan.rows rows of each carrier, spread over layers and roles,
// at least 8 and at most 1,024 each, with the tails of both. Experts of a layer and role are one
// tensor here. What is drawn depends on no value, and every statistic is, as there, a function of K
// that permuting B's coordinates permutes: the tests are as exact.
//
// Products take 2 residual^2 operations a row, memory 2 residual^2 floats.
ResidualTrace TraceDrawnResidual(const ModelParts& a, const ModelParts& b, const PartFilter& wanted,
                                 const DrawPlan& plan, const MonteCarloOptions& options,
                                 Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_DRAWN_RESIDUAL_TRACE_H_
