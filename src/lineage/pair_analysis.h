// All that is computed from a pair of models, before anything is concluded.
#ifndef MODELKIN_LINEAGE_PAIR_ANALYSIS_H_
#define MODELKIN_LINEAGE_PAIR_ANALYSIS_H_

#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "lineage/copied_tensors.h"
#include "lineage/draw_plan.h"
#include "lineage/expert_matching.h"
#include "lineage/expert_similarity.h"
#include "lineage/head_trace.h"
#include "lineage/layer_map.h"
#include "lineage/mlp_matching.h"
#include "lineage/mlp_signature.h"
#include "lineage/model_parts.h"
#include "lineage/non_finite.h"
#include "lineage/residual_basis.h"
#include "lineage/residual_trace.h"
#include "lineage/rotary_layout.h"
#include "lineage/shape_pairing.h"
#include "lineage/trace_state.h"
#include "lineage/unit_order.h"
#include "modelkin/trace.h"

namespace modelkin {

// What a trace runs with.
struct TraceSettings : TraceOptions {
  unsigned threads = 0;
  DrawPlan plan = {};       // of the look at hand
  std::uint64_t looks = 1;  // that there may be: p-values are multiplied by it
  // Of components that are traced, each of which has an equal part of the level: `looks` counts
  // those of all.
  std::uint64_t components = 1;
  // Weights that no test may read, as what chose the pair has read them: docs/atlas.md.
  std::optional<Role> left_out = {};
};

// A checkpoint, and what its config.json says if that is understood.
struct TracedModel {
  const Checkpoint* checkpoint = nullptr;
  const ModelSpec* spec = nullptr;
};

struct PairAnalysis {
  ModelParts a, b;
  bool quick = false;
  std::vector<NameGiven> names_given;  // to tensors of B, or of A, by shape and values
  bool names_given_to_a = false;
  // By which B's queries and keys were put in A's order; `b` has them in it.
  RotaryOrder rotary;
  std::vector<NonFiniteTensor> non_finite_a, non_finite_b;  // none of a quick trace
  CopiedTensors copies;
  ResidualTrace residual;
  // Of residual coordinates, where they are strong evidence and there are no MLPs to ask.
  std::vector<UnitRelations> residual_relations;
  LayerMap layer_map;
  HeadTrace heads;
  std::vector<std::optional<MlpSource>> sources;  // for each MLP of B
  std::vector<MlpMatch> mlps;                     // those of B that were matched
  std::uint64_t mlps_drawn_from = 0;              // of B, where not all were; else 0
  // Of `mlps`: whether it is the first, of those that were not skipped, whose units have its order.
  // Under the null orders of B are independent of each other but for those, so that p-values of
  // these MLPs are as well.
  std::vector<bool> counts;
  ExpertMatching experts;
  ExpertSimilarities similarities_a, similarities_b;  // none of a quick trace
  std::vector<TensorOrder> orders;                    // where no residual axis is known
};

// What takes long is kept in `state` under names that begin with `name`, and taken from there.
PairAnalysis AnalysePair(const TracedModel& a, const TracedModel& b, const TraceSettings& options,
                         TraceState& state, const std::string& name, Progress& progress);

// All but copies, of parts that `pair` holds already.
void AnalyseParts(ResidualBasis basis, const TraceSettings& options, TraceState& state,
                  const std::string& name, Progress& progress, PairAnalysis& pair);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_PAIR_ANALYSIS_H_
