#include "lineage/pair_analysis.h"

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "architecture/named_by_role.h"
#include "architecture/prefix_alignment.h"
#include "base/parallel.h"
#include "lineage/drawn_residual_trace.h"
#include "lineage/mlp_match_state.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

// Memory for MLPs that are matched side by side.
constexpr std::uint64_t kMatchingBytes = std::uint64_t{1} << 30;
// MLPs of B that --quick looks at.
constexpr std::size_t kQuickMlps = 12;

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

std::uint64_t BytesToMatch(const Mlp& a, const Mlp& b, std::uint64_t residual) {
  return 4 * (2 * residual * (a.width + b.width) + 3 * a.width * b.width);
}

// MLPs of B that there is a source for, or for --quick some spread over them.
std::vector<std::size_t> MlpsToMatch(const PairAnalysis& pair, bool quick) {
  std::vector<std::size_t> all, chosen;
  for (std::size_t i = 0; i < pair.sources.size(); ++i) {
    if (pair.sources[i]) all.push_back(i);
  }
  const std::size_t count = quick ? std::min(kQuickMlps, all.size()) : all.size();
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(all[i * all.size() / count]);
  return chosen;
}

// Matches by place in a list, kept in a state as they come in.
class MlpResults {
 public:
  MlpResults(std::size_t count, const StateItem& saved) : matches_(count), saved_(saved) {
    saved.Restore([&](const nlohmann::json& state) {
      auto kept = matches_;
      for (const nlohmann::json& entry : state) {
        kept.at(entry.at(0).get<std::size_t>()) = MlpMatchFromState(entry.at(1));
      }
      matches_ = std::move(kept);
    });
  }

  bool Has(std::size_t i) const { return matches_[i].has_value(); }

  void Put(std::size_t i, MlpMatch match) {
    const std::scoped_lock lock(mutex_);
    matches_[i] = std::move(match);
    if (saved_.IsDue()) Save();
  }

  // All of them, once they are there.
  std::vector<MlpMatch> Take() {
    Save();
    std::vector<MlpMatch> taken;
    taken.reserve(matches_.size());
    for (auto& match : matches_) taken.push_back(std::move(*match));
    return taken;
  }

 private:
  void Save() const {
    nlohmann::json state = nlohmann::json::array();
    for (std::size_t i = 0; i < matches_.size(); ++i) {
      if (matches_[i]) state.push_back({i, ToState(*matches_[i])});
    }
    saved_.Save(state);
  }

  std::mutex mutex_;
  std::vector<std::optional<MlpMatch>> matches_;
  const StateItem& saved_;
};

void CountOrders(unsigned threads, PairAnalysis& pair) {
  std::vector<std::size_t> matched;
  std::vector<const OrderSketch*> orders;
  for (std::size_t i = 0; i < pair.mlps.size(); ++i) {
    if (!pair.mlps[i].skipped.empty()) continue;
    matched.push_back(i);
    orders.push_back(&pair.mlps[i].order);
  }
  const std::vector<std::size_t> first = OrderStrata(orders, threads);
  pair.counts.assign(pair.mlps.size(), false);
  for (std::size_t i = 0; i < matched.size(); ++i) pair.counts[matched[i]] = first[i] == i;
}

void MatchAllMlps(const TraceSettings& options, const StateItem& saved, Progress& progress,
                  PairAnalysis& pair) {
  const std::vector<std::size_t> chosen = MlpsToMatch(pair, options.quick());
  std::uint64_t largest = 1, total = 0;
  for (const std::size_t b : chosen) {
    const std::uint64_t bytes =
        BytesToMatch(pair.a.mlps[pair.sources[b]->a], pair.b.mlps[b], *pair.b.residual);
    largest = std::max(largest, bytes);
    total += bytes;
  }
  progress.Begin("matching hidden units", total);
  const unsigned threads = options.threads == 0 ? AvailableThreads() : options.threads;
  const std::uint64_t side_by_side =
      std::clamp<std::uint64_t>(kMatchingBytes / largest, 1, threads);
  const unsigned inside = side_by_side == threads ? 1 : threads;
  MlpResults results(chosen.size(), saved);
  ParallelFor(static_cast<unsigned>(side_by_side), chosen.size(), [&](std::size_t i, unsigned) {
    const std::size_t b = chosen[i];
    const std::size_t a = pair.sources[b]->a;
    if (!results.Has(i)) results.Put(i, MatchMlps(pair.a, a, pair.b, b, options.seed, inside));
    progress.Advance(BytesToMatch(pair.a.mlps[a], pair.b.mlps[b], *pair.b.residual));
  });
  pair.mlps = results.Take();
  CountOrders(options.threads, pair);
}

// Layers of B with those of A that they come from, or of the same number where that is not known.
LayerPairs MappedLayers(const LayerMap& map) {
  LayerPairs layers;
  for (std::size_t b = 0; b < map.layers_b.size(); ++b) {
    const std::uint32_t own = map.layers_b[b];
    if (map.source[b]) {
      layers.emplace_back(map.layers_a[*map.source[b]], own);
    } else if (std::ranges::find(map.layers_a, own) != map.layers_a.end()) {
      layers.emplace_back(own, own);
    }
  }
  return layers;
}

void CompareMlps(const TraceSettings& options, const MlpSums& sums_a, const MlpSums& sums_b,
                 const StateItem& saved, Progress& progress, PairAnalysis& pair) {
  if (!pair.a.residual || pair.a.residual != pair.b.residual) return;
  const LayerPairs layers = MappedLayers(pair.layer_map);
  if (options.quick()) {
    pair.sources = SourcesByRouter(pair.a, pair.b, layers);
  } else {
    progress.Begin("reading MLPs", SignatureBytes(pair.a, sums_a) + SignatureBytes(pair.b, sums_b));
    const auto signatures_a = SignaturesOf(pair.a, sums_a, options.threads, progress);
    const auto signatures_b = SignaturesOf(pair.b, sums_b, options.threads, progress);
    for (const MlpSource& source : MostSimilar(signatures_a, signatures_b, options.threads)) {
      pair.sources.emplace_back(source);
    }
    pair.similarities_a = SimilaritiesOfExperts(pair.a, signatures_a.as_stored);
    pair.similarities_b = SimilaritiesOfExperts(pair.b, signatures_b.as_stored);
    pair.experts = MatchExperts(pair.a, signatures_a.as_stored, pair.b, signatures_b.as_stored,
                                layers, options.seed);
  }
  MatchAllMlps(options, saved, progress, pair);
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
    progress.Begin("tracing residual coordinates", 0);
    pair.residual =
        TraceDrawnResidual(pair.a, pair.b, wanted, options.plan, DrawsOf(options), progress);
    return;
  }
  progress.Begin("tracing residual coordinates", bytes);
  pair.residual =
      TraceResidual(pair.a, sums_a, pair.b, sums_b, wanted, saved, options.threads, progress);
  progress.Begin("permuting residual coordinates", 0);
  for (CarrierTrace* const carrier : {&pair.residual.weights, &pair.residual.tables}) {
    if (!carrier->moments) continue;
    carrier->tail = TraceTestTail(carrier->products.data(), *carrier->moments, DrawsOf(options),
                                  BeyondDraws::kImportance);
  }
}

// What was traced has only finite values, in both.
void NameNonFinite(unsigned threads, Progress& progress, PairAnalysis& pair) {
  progress.Begin("looking for values that are not finite", 0);
  std::set<std::string> traced_a, traced_b;
  for (const TensorTrace& tensor : pair.residual.tensors) {
    traced_a.insert(tensor.a->tensor->name);
    traced_b.insert(tensor.b->tensor->name);
  }
  pair.non_finite_a = FindNonFinite(pair.a, traced_a, threads);
  pair.non_finite_b = FindNonFinite(pair.b, traced_b, threads);
}

}  // namespace

PairAnalysis AnalysePair(const TracedModel& a, const TracedModel& b, const TraceSettings& options,
                         TraceState& state, const std::string& name, Progress& progress) {
  AlignedNames names =
      AlignPrefixes(NamedByRole(*a.checkpoint, a.spec), NamedByRole(*b.checkpoint, b.spec));
  const RotaryOrder rotary = FindRotaryOrder(names.a, names.b, options.threads);
  if (!rotary.is_same()) names.b = InRotaryOrder(names.b, names.a, rotary);
  PairAnalysis pair{.a = PartsOfNamed(std::move(names.a), a.spec),
                    .b = PartsOfNamed(std::move(names.b), b.spec),
                    .quick = options.quick(),
                    .rotary = rotary};
  pair.a.incomplete = a.checkpoint->incomplete();
  pair.b.incomplete = b.checkpoint->incomplete();
  ReconcileNames(options.threads, pair);
  if (!options.quick()) {
    progress.Begin("looking for copies", b.checkpoint->total_bytes() * 2);
    pair.copies = FindCopies(pair.a.checkpoint, pair.b.checkpoint, options.threads, progress);
    // The same values, but not the same bytes in the same places.
    if (!rotary.is_same()) pair.copies.all_identical = false;
  }
  AnalyseParts(ResidualBasis::kAsStored, options, state, name, progress, pair);
  if (!options.quick()) NameNonFinite(options.threads, progress, pair);
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
    pair.residual.skipped = "coordinates were fitted to each other";
  }
  progress.Begin("mapping layers", 0);
  pair.layer_map = MapLayers(pair.a, pair.b, options.quick(), options.threads, progress);
  progress.Begin("tracing heads", 0);
  if (!options.quick()) pair.heads = TraceHeads(pair.a, pair.b, DrawsOf(options), progress);
  CompareMlps(options, sums_a, sums_b, {&state, name + "-mlps"}, progress, pair);
  RelateResidual(options, pair);
  if (!pair.a.residual || !pair.b.residual) {
    std::vector<const Tensor*> no_evidence;
    for (const CopiedTensor& copy : pair.copies.identical) {
      if (copy.kind != CopyKind::kLearned) no_evidence.push_back(copy.b);
    }
    progress.Begin("matching units", pair.b.checkpoint.total_bytes());
    pair.orders =
        OrderOfUnits(pair.a, pair.b, no_evidence, options.seed, options.threads, progress);
  }
}

}  // namespace modelkin
