#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "kinship/relation_builder.h"

namespace modelkin {
namespace {

// Cosine of an expert with one that it is; the mean of two experts has 0.7 with each.
constexpr double kSameExpert = 0.8;
// A mixture of experts is looked for in so many MLPs of B, as it needs a matching with each expert.
constexpr std::size_t kMostMixturesLookedAt = 4;

bool IsLinkedMatch(const MlpMatch& match) {
  return match.skipped.empty() && match.log_p_linked() < kLinkedLogP;
}

// One layer of B, whose experts each go back to one of A.
struct ExpertSources {
  std::map<std::uint32_t, std::uint32_t> source;  // of B's experts, in their order
  std::set<std::uint32_t> used, layers_a;
  bool all_found = true;

  bool is_one_layer_of_a() const {
    return all_found && layers_a.size() == 1 && used.size() == source.size();
  }
  // Experts whose number is another because some before them are gone; 0 if others have moved.
  std::uint64_t renumbered() const {
    if (!std::ranges::equal(source, used, {}, [](const auto& entry) { return entry.second; })) {
      return 0;
    }
    return static_cast<std::uint64_t>(std::ranges::count_if(
        source, [](const auto& entry) { return entry.first != entry.second; }));
  }
};

std::map<std::uint32_t, ExpertSources> SourcesByLayer(const PairAnalysis& pair) {
  std::map<std::uint32_t, ExpertSources> layers;
  for (const MlpMatch& match : pair.mlps) {
    const Mlp &a = pair.a.mlps[match.a], &b = pair.b.mlps[match.b];
    if (!b.expert || !b.layer) continue;
    ExpertSources& layer = layers[*b.layer];
    if (!IsLinkedMatch(match) || !a.expert || !a.layer ||
        match.cosine().value_or(0) < kSameExpert) {
      layer.all_found = false;
      continue;
    }
    layer.source[*b.expert] = *a.expert;
    layer.used.insert(*a.expert);
    layer.layers_a.insert(*a.layer);
  }
  return layers;
}

std::map<std::uint32_t, std::uint64_t> ExpertsByLayer(const ModelParts& model) {
  std::map<std::uint32_t, std::uint64_t> experts;
  for (const Mlp& mlp : model.mlps) {
    if (mlp.expert && mlp.layer) ++experts[*mlp.layer];
  }
  return experts;
}

}  // namespace

// Experts: fewer, of another number or layer than A's, or several in one.
void RelationBuilder::AddExperts() {
  const auto of_a = ExpertsByLayer(pair_.a);
  std::uint64_t dropped = 0, before = 0, in = 0, renumbered = 0;
  for (const auto& [number, layer] : SourcesByLayer(pair_)) {
    if (!layer.is_one_layer_of_a()) continue;
    const std::uint64_t all = of_a.at(*layer.layers_a.begin());
    if (layer.used.size() >= all) continue;
    ++in;
    before += all;
    dropped += all - layer.used.size();
    renumbered += layer.renumbered();
  }
  if (dropped > 0) {
    AddKind("experts_dropped",
            fmt::format("{} of {} experts of A in {} layers have none in B that goes back to them",
                        dropped, before, in),
            {{"experts", static_cast<double>(dropped)}, {"layers", static_cast<double>(in)}});
  }
  AddMergedExperts();
  const UndoneMoves& moves = alignment_.moves;
  if (!experts_merged_ && moves.experts_moved > renumbered) {
    AddKind("experts_permuted", fmt::format("{} of {} experts are A's of another number or layer",
                                            moves.experts_moved - renumbered, moves.experts));
  }
}

// MLPs of B, fewer than the experts of their layer of A, that are like several of these at once.
void RelationBuilder::AddMergedExperts() {
  const auto of_a = ExpertsByLayer(pair_.a), of_b = ExpertsByLayer(pair_.b);
  std::uint64_t mixtures = 0, looked_at = 0, sources = 0;
  for (const MlpMatch& match : pair_.mlps) {
    const Mlp &a = pair_.a.mlps[match.a], &b = pair_.b.mlps[match.b];
    if (!IsLinkedMatch(match) || !a.expert || !a.layer || !b.layer ||
        match.cosine().value_or(1) >= kSameExpert) {
      continue;
    }
    const auto own = of_b.find(*b.layer);
    if (b.expert && own->second >= of_a.at(*a.layer)) continue;
    if (looked_at == kMostMixturesLookedAt) break;
    ++looked_at;
    // Of experts that are alike, one is like all.
    if (ExpertsOfAGoBackTo(match.a)) continue;
    const std::uint64_t linked = ExpertsLinkedTo(match.b, *a.layer);
    if (linked < 2) continue;
    ++mixtures;
    sources += linked;
  }
  if (mixtures == 0) return;
  experts_merged_ = true;
  AddKind("experts_merged",
          fmt::format("MLPs of B are like several experts of one layer of A at once: {} of {} that "
                      "were looked at, like {:.3g} experts each",
                      mixtures, looked_at,
                      static_cast<double>(sources) / static_cast<double>(mixtures)),
          {{"mlps", static_cast<double>(mixtures)},
           {"experts", static_cast<double>(sources) / static_cast<double>(mixtures)}});
}

std::uint64_t RelationBuilder::ExpertsLinkedTo(std::size_t mlp_of_b, std::uint32_t layer_a) const {
  std::uint64_t linked = 0;
  for (std::size_t a = 0; a < pair_.a.mlps.size(); ++a) {
    if (!pair_.a.mlps[a].expert || pair_.a.mlps[a].layer != layer_a) continue;
    linked += IsLinkedMatch(MatchMlps(pair_.a, a, pair_.b, mlp_of_b, 1, threads_)) ? 1 : 0;
  }
  return linked;
}

// Whether that is one of several experts of A that are alike, or what they were made of: as where
// two mixtures go back to one dense model.
bool RelationBuilder::ExpertsOfAGoBackTo(std::size_t mlp_of_a) const {
  const std::vector<Mlp>& mlps = pair_.a.mlps;
  for (std::size_t other = 0; other < mlps.size(); ++other) {
    if (other == mlp_of_a || !mlps[other].expert || mlps[other].layer != mlps[mlp_of_a].layer) {
      continue;
    }
    return IsLinkedMatch(MatchMlps(pair_.a, other, pair_.a, mlp_of_a, 1, threads_));
  }
  return false;
}

// Experts of one layer that go back to one MLP of A.
void RelationBuilder::AddUpcycled() {
  std::map<std::pair<std::uint32_t, std::size_t>, std::vector<std::size_t>> experts;
  for (const MlpMatch& match : pair_.mlps) {
    const Mlp& mlp = pair_.b.mlps[match.b];
    if (IsLinkedMatch(match) && mlp.expert && mlp.layer) {
      experts[{*mlp.layer, match.a}].push_back(match.b);
    }
  }
  std::set<std::uint32_t> layers;
  std::uint64_t copies = 0;
  std::optional<std::size_t> source;
  for (const auto& [key, of_b] : experts) {
    if (of_b.size() < 2) continue;
    // Experts that A's is the mean of are strangers to each other.
    if (!source && !IsLinkedMatch(MatchMlps(pair_.b, of_b[0], pair_.b, of_b[1], 1, threads_))) {
      return;
    }
    layers.insert(key.first);
    copies += of_b.size();
    source = key.second;
  }
  if (!source || ExpertsOfAGoBackTo(*source)) return;
  AddKind(
      "upcycled",
      fmt::format("in {} layers several experts go back to one MLP of A ({} experts in all)",
                  layers.size(), copies),
      {{"layers", static_cast<double>(layers.size())}, {"experts", static_cast<double>(copies)}});
  AddSign(SignKind::kUpcycled, Direction::kAToB, "several experts of B are like one MLP of A");
}

}  // namespace modelkin
