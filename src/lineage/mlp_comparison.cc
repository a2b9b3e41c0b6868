#include "lineage/mlp_comparison.h"

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/parallel.h"
#include "lineage/drawn_matching.h"
#include "lineage/drawn_mlps.h"
#include "lineage/drawn_signature.h"
#include "lineage/mlp_match_state.h"

namespace modelkin {
namespace {

// Memory for MLPs that are matched side by side.
constexpr std::uint64_t kMatchingBytes = std::uint64_t{1} << 30;
// The same for drawn units: two of 11,008 by 256 units.
constexpr std::uint64_t kDrawnBytes = std::uint64_t{128} << 20;
// For each thread, at the end of which others would be idle.
constexpr std::size_t kFewMlps = 8;
// That are matched however large they are.
constexpr std::uint64_t kFewestMlps = 2;
// MLPs of B that --quick looks at.
constexpr std::size_t kQuickMlps = 12;

// How many MLPs, by their number and by what is read of A: gate and up of each, by their mean size.
std::uint64_t MlpsInPlan(const PairAnalysis& pair, const std::vector<std::size_t>& all,
                         const DrawPlan& plan) {
  if (plan.mlp_values == DrawPlan::kAll || all.empty()) return plan.mlps;
  std::uint64_t values = 0;
  for (const std::size_t b : all) {
    values += 2 * pair.a.mlps[pair.sources[b]->a].width * *pair.a.residual;
  }
  const std::uint64_t mean = std::max<std::uint64_t>(1, values / all.size());
  return std::min(plan.mlps, std::max(kFewestMlps, plan.mlp_values / mean));
}

// MLPs of B that there is a source for, or for --quick some spread over them.
std::vector<std::size_t> MlpsToMatch(const PairAnalysis& pair, const TraceSettings& options) {
  std::vector<std::size_t> all, chosen;
  for (std::size_t i = 0; i < pair.sources.size(); ++i) {
    if (pair.sources[i]) all.push_back(i);
  }
  if (!options.quick()) {
    return DrawnMlps(pair.b.mlps, all, options.seed, MlpsInPlan(pair, all, options.plan));
  }
  const std::size_t count = std::min(kQuickMlps, all.size());
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(all[i * all.size() / count]);
  return chosen;
}

// Matches by place in a list, kept in a state as they come in, which other processes may have added
// to.
class MlpResults {
 public:
  MlpResults(std::size_t count, const StateItem& saved) : matches_(count), saved_(saved) {
    saved.RestoreAll([&](const nlohmann::json& state) {
      auto kept = matches_;
      for (const nlohmann::json& entry : state) {
        kept.at(entry.at(0).get<std::size_t>()) = MlpMatchFromState(entry.at(1));
      }
      matches_ = std::move(kept);
    });
  }

  // Whether the match is there, or for another process to make.
  bool IsDone(std::size_t i) const {
    return matches_[i].has_value() || (saved_.share() && !saved_.share()->Has(i));
  }

  void Put(std::size_t i, MlpMatch match) {
    const std::scoped_lock lock(mutex_);
    matches_[i] = std::move(match);
    if (saved_.IsDue()) Save();
  }

  // All of them, once they are there. Throws ShareDone if some are for others to make.
  std::vector<MlpMatch> Take() {
    Save();
    const bool all =
        std::ranges::all_of(matches_, [](const auto& match) { return match.has_value(); });
    // NOLINTNEXTLINE(bugprone-std-exception-baseclass): the end of a share, and no error
    if (!all) throw ShareDone{.more = true};
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
  const std::vector<std::size_t> chosen = MlpsToMatch(pair, options);
  const auto all = static_cast<std::uint64_t>(
      std::ranges::count_if(pair.sources, [](const auto& source) { return source.has_value(); }));
  pair.mlps_drawn_from = chosen.size() < all ? all : 0;
  const auto bytes_of = [&](std::size_t b) {
    return BytesToMatch(pair.a.mlps[pair.sources[b]->a], pair.b.mlps[b], *pair.b.residual,
                        options.plan.units);
  };
  std::uint64_t largest = 1;
  for (const std::size_t b : chosen) largest = std::max(largest, bytes_of(b));
  progress.BeginCount("hidden units", std::max<std::size_t>(1, chosen.size()), "MLPs");
  const unsigned threads = options.threads == 0 ? AvailableThreads() : options.threads;
  const std::uint64_t most = options.plan.units == DrawPlan::kAll ? kMatchingBytes : kDrawnBytes;
  const std::uint64_t side_by_side = std::clamp<std::uint64_t>(most / largest, 1, threads);
  // Where there are few, each is matched by all threads, so that none is idle at the end.
  const bool few = most == kDrawnBytes && chosen.size() < kFewMlps * threads;
  const unsigned inside = side_by_side == threads && !few ? 1 : threads;
  MlpResults results(chosen.size(), saved);
  ParallelFor(static_cast<unsigned>(side_by_side), chosen.size(), [&](std::size_t i, unsigned) {
    const std::size_t b = chosen[i];
    if (!results.IsDone(i)) {
      results.Put(i, MatchUnitsOf(pair.a, pair.sources[b]->a, pair.b, b,
                                  {.seed = options.seed,
                                   .units = options.plan.units,
                                   .run = RunOfUnits(options.plan, *pair.b.residual),
                                   .threads = inside}));
    }
    progress.Advance(1);
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

// By routers and layers, for MLPs of B that no down weight was read of.
void FindSourcesOfOthers(const MlpSignatures& signatures_b, const LayerPairs& layers,
                         PairAnalysis& pair) {
  if (std::ranges::all_of(signatures_b.as_stored, HasDownPart)) return;
  const auto others = SourcesByRouter(pair.a, pair.b, layers);
  for (std::size_t i = 0; i < pair.sources.size(); ++i) {
    if (!HasDownPart(signatures_b.as_stored[i])) pair.sources[i] = others[i];
  }
}

// By sums over hidden units: of all weights, or of down weights at drawn coordinates.
void FindSources(const TraceSettings& options, const MlpSums& sums_a, const MlpSums& sums_b,
                 const LayerPairs& layers, Progress& progress, PairAnalysis& pair) {
  const bool all = options.plan.sums == DrawPlan::kAll;
  const auto coordinates = DrawnCoordinates(options.seed, *pair.a.residual, options.plan.sums);
  const std::uint64_t bytes = all ? SignatureBytes(pair.a, sums_a) + SignatureBytes(pair.b, sums_b)
                                  : DrawnSignatureBytes(pair.a, coordinates.size()) +
                                        DrawnSignatureBytes(pair.b, coordinates.size());
  progress.Begin("sums of MLPs", bytes);
  const auto signatures_of = [&](const ModelParts& model, const MlpSums& sums) {
    return all ? SignaturesOf(model, sums, options.threads, progress)
               : DrawnSignaturesOf(model, coordinates, options.threads, progress);
  };
  const MlpSignatures a = signatures_of(pair.a, sums_a), b = signatures_of(pair.b, sums_b);
  for (const MlpSource& source :
       all ? MostSimilar(a, b, options.threads) : MostSimilarByDown(a, b, options.threads)) {
    pair.sources.emplace_back(source);
  }
  if (!all && !pair.sources.empty()) FindSourcesOfOthers(b, layers, pair);
  pair.similarities_a = SimilaritiesOfExperts(pair.a, a.as_stored);
  pair.similarities_b = SimilaritiesOfExperts(pair.b, b.as_stored);
  pair.experts = MatchExperts(pair.a, a.as_stored, pair.b, b.as_stored, layers, options.seed);
}

}  // namespace

void CompareMlps(const TraceSettings& options, const MlpSums& sums_a, const MlpSums& sums_b,
                 const StateItem& saved, Progress& progress, PairAnalysis& pair) {
  if (!pair.a.residual || pair.a.residual != pair.b.residual) return;
  const LayerPairs layers = MappedLayers(pair.layer_map);
  if (options.quick() || options.plan.sums == 0) {
    pair.sources = SourcesByRouter(pair.a, pair.b, layers);
  } else {
    FindSources(options, sums_a, sums_b, layers, progress, pair);
  }
  MatchAllMlps(options, saved, progress, pair);
}

}  // namespace modelkin
