#include "lineage/pair_analysis.h"

#include <algorithm>
#include <functional>
#include <set>

#include "architecture/named_by_role.h"
#include "architecture/prefix_alignment.h"
#include "lineage/drawn_copies.h"
#include "lineage/drawn_residual_trace.h"
#include "lineage/mlp_comparison.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

bool InQuickTrace(const Part& part) {
  return IsNorm(part.role) || part.role == Role::kKey || part.role == Role::kValue ||
         part.role == Role::kQueryKeyValue || part.role == Role::kOtherAttentionInput ||
         (part.role == Role::kRouter && !part.is_bias);
}

std::size_t CommonParts(const ModelParts& a, const ModelParts& b) {
  return static_cast<std::size_t>(std::ranges::count_if(
      b.parts, [&](const Part& part) { return a.Find(part.tensor->name) != nullptr; }));
}

// Where most names differ, one side gets the other's: the one of which less is known.
void ReconcileNames(unsigned threads, PairAnalysis& pair) {
  const std::size_t fewer = std::min(pair.a.parts.size(), pair.b.parts.size());
  if (2 * CommonParts(pair.a, pair.b) >= fewer) return;
  const bool rename_b = pair.a.residual || !pair.b.residual;
  ModelParts& known = rename_b ? pair.a : pair.b;
  ModelParts& renamed = rename_b ? pair.b : pair.a;
  RenamedCheckpoint result = NamedAfter(renamed.checkpoint, known.checkpoint, threads);
  if (result.given.empty()) return;
  pair.names_given = std::move(result.given);
  pair.names_given_to_a = !rename_b;
  const bool incomplete = renamed.incomplete;
  renamed = PartsOf(result.checkpoint, nullptr);
  renamed.incomplete = incomplete;
}

// Tensors whose coordinates are related: some of those with the clearest traces.
constexpr std::size_t kRelatedTensors = 16;
constexpr std::uint64_t kMostRelatedElements = std::uint64_t{1} << 28;
constexpr std::size_t kFewestColumns = 16;

void RelateResidual(const TraceSettings& options, PairAnalysis& pair) {
  const CarrierTrace& weights = pair.residual.weights;
  if (!pair.mlps.empty() || !weights.moments || weights.tail.log_p > kLinkedLogP) return;
  std::vector<TensorTrace> tensors = pair.residual.tensors;
  std::ranges::sort(tensors, std::greater<>(), &TensorTrace::z);
  std::vector<UnitPair> in_place;
  in_place.reserve(pair.residual.units);
  for (std::uint32_t i = 0; i < pair.residual.units; ++i) in_place.push_back({i, i});
  for (const TensorTrace& tensor : tensors) {
    if (pair.residual_relations.size() == kRelatedTensors) break;
    if (tensor.a->tensor->shape != tensor.b->tensor->shape ||
        tensor.a->tensor->elements > kMostRelatedElements || tensor.a->tensor->shape.size() < 2) {
      continue;
    }
    UnitRows a{.units = pair.residual.units}, b = a;
    a.finite = ReadByUnit(pair.a.checkpoint, *tensor.a->tensor, *tensor.a->residual_axis(), a.rows);
    b.finite = ReadByUnit(pair.b.checkpoint, *tensor.b->tensor, *tensor.b->residual_axis(), b.rows);
    a.columns = b.columns = a.rows.size() / a.units;
    if (!a.finite || !b.finite || a.columns < kFewestColumns) continue;
    a.Normalise();
    b.Normalise();
    const auto relations = RelateUnits(a, b, in_place, options.threads);
    if (relations) pair.residual_relations.push_back(*relations);
  }
}

MonteCarloOptions DrawsOf(const TraceSettings& options) {
  return {.draws = options.draws, .seed = options.seed, .threads = options.threads};
}

// All of it, or what the plan draws.
void TraceResidualOf(const PartFilter& wanted, const TraceSettings& options, const StateItem& saved,
                     MlpSums& sums_a, MlpSums& sums_b, Progress& progress, PairAnalysis& pair) {
  const std::uint64_t bytes = ResidualTraceBytes(pair.a, pair.b, wanted);
  if (options.plan.rows != DrawPlan::kAll) {
    progress.Begin("residual coordinates", 0);
    pair.residual =
        TraceDrawnResidual(pair.a, pair.b, wanted, options.plan, DrawsOf(options), progress);
    return;
  }
  progress.Begin("residual coordinates", bytes);
  pair.residual =
      TraceResidual(pair.a, sums_a, pair.b, sums_b, wanted, saved, options.threads, progress);
  progress.Begin("permuting residual coordinates", 0);
  for (CarrierTrace* const carrier : {&pair.residual.weights, &pair.residual.tables}) {
    if (!carrier->moments) continue;
    carrier->tail = TraceTestTail(carrier->products.data(), *carrier->moments, DrawsOf(options),
                                  BeyondDraws::kImportance);
  }
}

// What was traced has only finite values, in both. Where rows were drawn, what was left out for its
// values is looked at as a whole, and nothing else.
void NameNonFinite(const DrawPlan& plan, unsigned threads, Progress& progress, PairAnalysis& pair) {
  progress.Begin("counting values that are not finite", 0);
  std::set<std::string> finite_a, finite_b;
  for (const TensorTrace& tensor : pair.residual.tensors) {
    finite_a.insert(tensor.a->tensor->name);
    finite_b.insert(tensor.b->tensor->name);
  }
  if (plan.rows != DrawPlan::kAll) {
    for (const Part& part : pair.a.parts) finite_a.insert(part.tensor->name);
    for (const Part& part : pair.b.parts) finite_b.insert(part.tensor->name);
    for (const SkippedTensor& tensor : pair.residual.left_out) {
      if (tensor.reason != kNotFinite) continue;
      finite_a.erase(tensor.name);
      finite_b.erase(tensor.name);
    }
  }
  pair.non_finite_a = FindNonFinite(pair.a, finite_a, threads);
  pair.non_finite_b = FindNonFinite(pair.b, finite_b, threads);
}

}  // namespace

PairAnalysis AnalysePair(const TracedModel& a, const TracedModel& b, const TraceSettings& options,
                         TraceState& state, const std::string& name, Progress& progress) {
  AlignedNames names =
      AlignPrefixes(NamedByRole(*a.checkpoint, a.spec), NamedByRole(*b.checkpoint, b.spec));
  const RotaryOrder rotary = FindRotaryOrder(names.a, names.b, options.threads);
  if (!rotary.is_same()) names.b = InRotaryOrder(names.b, names.a, rotary);
  PairAnalysis pair{.a = PartsOfNamed(std::move(names.a), a.spec, options.left_out),
                    .b = PartsOfNamed(std::move(names.b), b.spec, options.left_out),
                    .quick = options.quick(),
                    .rotary = rotary};
  pair.a.incomplete = a.checkpoint->incomplete();
  pair.b.incomplete = b.checkpoint->incomplete();
  ReconcileNames(options.threads, pair);
  if (!options.quick()) {
    progress.Begin("equal tensors", b.checkpoint->total_bytes() * 2);
    pair.copies = FindCopies(pair.a.checkpoint, pair.b.checkpoint, options.threads, progress,
                             DrawCopies(pair.b, options.plan, options.seed));
    // The same values, but not the same bytes in the same places.
    if (!rotary.is_same()) pair.copies.all_identical = false;
  }
  AnalyseParts(ResidualBasis::kAsStored, options, state, name, progress, pair);
  if (!options.quick()) NameNonFinite(options.plan, options.threads, progress, pair);
  return pair;
}

void AnalyseParts(ResidualBasis basis, const TraceSettings& options, TraceState& state,
                  const std::string& name, Progress& progress, PairAnalysis& pair) {
  const PartFilter wanted = [&](const Part& part) {
    return !options.quick() || InQuickTrace(part);
  };
  MlpSums sums_a(pair.a), sums_b(pair.b);
  if (basis == ResidualBasis::kAsStored) {
    TraceResidualOf(wanted, options, {&state, name + "-residual"}, sums_a, sums_b, progress, pair);
  } else {
    pair.residual.skipped = SkipReason::kFittedCoordinates;
  }
  pair.layer_map = MapLayers(pair.a, pair.b, options.quick(), options.threads, progress,
                             options.plan, options.seed);
  if (!options.quick()) {
    pair.heads = TraceHeads(pair.a, pair.b, DrawsOf(options), progress, options.plan);
  }
  CompareMlps(options, sums_a, sums_b, {&state, name + "-mlps"}, progress, pair);
  RelateResidual(options, pair);
  if (!pair.a.residual || !pair.b.residual) {
    std::vector<const Tensor*> no_evidence;
    for (const CopiedTensor& copy : pair.copies.identical) {
      if (copy.kind != CopyKind::kLearned) no_evidence.push_back(copy.b);
    }
    progress.Begin("units", pair.b.checkpoint.total_bytes());
    pair.orders =
        OrderOfUnits(pair.a, pair.b, no_evidence, options.seed, options.threads, progress);
  }
}

}  // namespace modelkin
