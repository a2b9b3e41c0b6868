// Experts: fewer, of another number or layer than A's, several in one, or one in several.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "kinship/kinds/kinds.h"

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

// Experts of A that nothing in a layer of B goes back to.
struct DroppedExperts {
  std::uint64_t dropped = 0, of = 0, layers = 0;
  std::uint64_t renumbered = 0;  // of B, because some before them are gone
};

DroppedExperts CountDropped(const PairAnalysis& pair) {
  const auto of_a = ExpertsByLayer(pair.a);
  DroppedExperts count;
  for (const auto& [number, layer] : SourcesByLayer(pair)) {
    if (!layer.is_one_layer_of_a()) continue;
    const std::uint64_t all = of_a.at(*layer.layers_a.begin());
    if (layer.used.size() >= all) continue;
    ++count.layers;
    count.of += all;
    count.dropped += all - layer.used.size();
    count.renumbered += layer.renumbered();
  }
  return count;
}

std::uint64_t ExpertsLinkedTo(const Findings& findings, std::size_t mlp_of_b,
                              std::uint32_t layer_a) {
  std::uint64_t linked = 0;
  for (std::size_t a = 0; a < findings.pair.a.mlps.size(); ++a) {
    if (!findings.pair.a.mlps[a].expert || findings.pair.a.mlps[a].layer != layer_a) continue;
    linked +=
        IsLinkedMatch(MatchMlps(findings.pair.a, a, findings.pair.b, mlp_of_b, 1, findings.threads))
            ? 1
            : 0;
  }
  return linked;
}

// Whether that is one of several experts of A that are alike, or what they were made of: as where
// two mixtures go back to one dense model.
bool ExpertsOfAGoBackTo(const Findings& findings, std::size_t mlp_of_a) {
  const std::vector<Mlp>& mlps = findings.pair.a.mlps;
  for (std::size_t other = 0; other < mlps.size(); ++other) {
    if (other == mlp_of_a || !mlps[other].expert || mlps[other].layer != mlps[mlp_of_a].layer) {
      continue;
    }
    return IsLinkedMatch(
        MatchMlps(findings.pair.a, other, findings.pair.a, mlp_of_a, 1, findings.threads));
  }
  return false;
}

Found FindDroppedExperts(const Findings& findings) {
  Found found;
  const DroppedExperts count = CountDropped(findings.pair);
  // What is missing of B may lie in the files that are missing.
  if (count.dropped == 0 || findings.pair.b.incomplete) return found;
  found.AddKind(DerivationKind::kExpertsDropped,
                Say("{} of {} experts of A in {} layers have none in B that goes back to them",
                    "층 {2}개에서 A의 전문가 {1}개 중 {0}개에 대응하는 것이 B에 없음",
                    count.dropped, count.of, count.layers),
                {{"experts", static_cast<double>(count.dropped)},
                 {"layers", static_cast<double>(count.layers)}});
  return found;
}

// MLPs of B, fewer than the experts of their layer of A, that are like several of these at once.
Found FindMergedExperts(const Findings& findings) {
  Found found;
  const auto of_a = ExpertsByLayer(findings.pair.a), of_b = ExpertsByLayer(findings.pair.b);
  std::uint64_t mixtures = 0, looked_at = 0, sources = 0;
  for (const MlpMatch& match : findings.pair.mlps) {
    const Mlp &a = findings.pair.a.mlps[match.a], &b = findings.pair.b.mlps[match.b];
    if (!IsLinkedMatch(match) || !a.expert || !a.layer || !b.layer ||
        match.cosine().value_or(1) >= kSameExpert) {
      continue;
    }
    const auto own = of_b.find(*b.layer);
    if (b.expert && own->second >= of_a.at(*a.layer)) continue;
    if (looked_at == kMostMixturesLookedAt) break;
    ++looked_at;
    // Of experts that are alike, one is like all.
    if (ExpertsOfAGoBackTo(findings, match.a)) continue;
    const std::uint64_t linked = ExpertsLinkedTo(findings, match.b, *a.layer);
    if (linked < 2) continue;
    ++mixtures;
    sources += linked;
  }
  if (mixtures == 0) return found;
  found.AddKind(
      DerivationKind::kExpertsMerged,
      Say("MLPs of B are like several experts of one layer of A at once: {} of {} that "
          "were looked at, like {:.3g} experts each",
          "B의 MLP가 A의 한 층에 있는 여러 전문가를 동시에 닮음: 살펴본 {1}개 중 {0}개, 각각 "
          "전문가 "
          "{2:.3g}개와 닮음",
          mixtures, looked_at, static_cast<double>(sources) / static_cast<double>(mixtures)),
      {{"mlps", static_cast<double>(mixtures)},
       {"experts", static_cast<double>(sources) / static_cast<double>(mixtures)}});
  return found;
}

Found FindPermutedExperts(const Findings& findings) {
  Found found;
  const UndoneMoves& moves = findings.alignment.moves;
  const std::uint64_t renumbered = CountDropped(findings.pair).renumbered;
  if (findings.Has(DerivationKind::kExpertsMerged) || moves.experts_moved <= renumbered) {
    return found;
  }
  found.AddKind(DerivationKind::kExpertsPermuted,
                Say("{} of {} experts are A's of another number or layer",
                    "전문가 {1}개 중 {0}개가 A의 다른 번호나 층의 것",
                    moves.experts_moved - renumbered, moves.experts));
  return found;
}

// Experts of one layer that go back to one MLP of A.
Found FindUpcycled(const Findings& findings) {
  Found found;
  std::map<std::pair<std::uint32_t, std::size_t>, std::vector<std::size_t>> experts;
  for (const MlpMatch& match : findings.pair.mlps) {
    const Mlp& mlp = findings.pair.b.mlps[match.b];
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
    if (!source && !IsLinkedMatch(MatchMlps(findings.pair.b, of_b[0], findings.pair.b, of_b[1], 1,
                                            findings.threads))) {
      return found;
    }
    layers.insert(key.first);
    copies += of_b.size();
    source = key.second;
  }
  if (!source || ExpertsOfAGoBackTo(findings, *source)) return found;
  found.AddKind(
      DerivationKind::kUpcycled,
      Say("in {} layers several experts go back to one MLP of A ({} experts in all)",
          "층 {}개에서 여러 전문가가 A의 MLP 하나에서 나옴(전문가 모두 {}개)", layers.size(),
          copies),
      {{"layers", static_cast<double>(layers.size())}, {"experts", static_cast<double>(copies)}});
  found.AddSign(
      SignKind::kUpcycled, Direction::kAToB,
      {"several experts of B are like one MLP of A", "B의 여러 전문가가 A의 MLP 하나를 닮음"});
  return found;
}

constexpr auto kKindsOfExperts = std::to_array<KindRow>({
    {DerivationKind::kExpertsDropped, "experts_dropped", FindDroppedExperts},
    {DerivationKind::kExpertsMerged, "experts_merged", FindMergedExperts},
    {DerivationKind::kExpertsPermuted, "experts_permuted", FindPermutedExperts},
});

constexpr auto kKindsOfUpcycling = std::to_array<KindRow>({
    {DerivationKind::kUpcycled, "upcycled", FindUpcycled},
});

}  // namespace

std::span<const KindRow> KindsOfExperts() { return kKindsOfExperts; }
std::span<const KindRow> KindsOfUpcycling() { return kKindsOfUpcycling; }

}  // namespace modelkin
