#include "evidence/judge.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "evidence/linked_shares.h"
#include "lineage/layer_sources.h"

namespace modelkin {
namespace {

using enum VerdictCategory;

VerdictCategory CategoryBy(const PairAnalysis& pair, const std::vector<TestResult>& tests,
                           const LinkedShares& shares) {
  if (pair.copies.all_identical) return kIdentical;
  const bool strong = std::ranges::any_of(tests, &TestResult::strong);
  const bool all_of_b = pair.copies.all_of_b && pair.copies.learned > 0;
  if (all_of_b || (strong && IsLearned(shares) && LeastShare(shares).value_or(0) >= kDerivedShare))
    return kDerived;
  if (strong || pair.copies.learned > 0) return kSharesMaterial;
  return std::ranges::any_of(tests, &TestResult::was_run) ? kNoEvidence : kNotComparable;
}

// Whether what residual coordinates have in common is spread over most tensors, as a common start
// is, and not in a few that were taken over: the three quarters with the least z have a positive
// mean. Those of 100 standard normal values have one of -0.42.
bool IsSpread(const PairAnalysis& pair) {
  std::vector<double> z(pair.residual.tensors.size());
  std::ranges::transform(pair.residual.tensors, z.begin(), &TensorTrace::z);
  std::ranges::sort(z);
  z.resize(z.size() * 3 / 4);
  return std::accumulate(z.begin(), z.end(), 0.0) > 0;
}

SharedMaterial SharedBy(const PairAnalysis& pair, const LinkedShares& shares) {
  using enum SharedMaterial;
  const bool others = shares.mlps_linked > 0 || shares.tensor_share.value_or(0) > 0;
  if (pair.copies.learned > 0) return others ? kPartOfTheModel : kCopiedTensors;
  if (!IsLearned(shares) || (!others && IsSpread(pair))) return kCommonInitialisation;
  return kPartOfTheModel;
}

// Of those whose p is one, if any is strong.
std::optional<TestKey> MostSignificant(const std::vector<TestResult>& tests) {
  const TestResult* best = nullptr;
  const auto rank = [](const TestResult& test) {
    return std::pair(!test.p_is_valid(), test.log_p_adjusted);
  };
  for (const TestResult& test : tests) {
    if (test.strong && (best == nullptr || rank(test) < rank(*best))) best = &test;
  }
  return best == nullptr ? std::nullopt : std::optional(best->key);
}

// Tests in a fitted basis are evidence for a verdict in it alone.
std::vector<Evidence> EvidenceFor(const PairAnalysis& pair, ResidualBasis basis,
                                  const std::vector<TestResult>& tests,
                                  const LinkedShares& shares) {
  using enum EvidenceKind;
  std::vector<Evidence> evidence;
  for (const TestResult& test : tests) {
    const bool counts = basis == ResidualBasis::kFitted || test.key.basis == basis;
    if (test.strong && counts) evidence.push_back({.kind = kStrongTest, .test = test.key});
  }
  if (shares.mlps_linked > 0) {
    evidence.push_back({.kind = kLinkedMlps,
                        .count = shares.mlps_linked,
                        .all = shares.mlps,
                        .drawn_from = shares.mlps_drawn_from});
  }
  if (shares.unit_cosine) evidence.push_back({.kind = kUnitCosine, .value = *shares.unit_cosine});
  if (shares.retained_deviations || shares.learned_ratio) {
    evidence.push_back({.kind = kRelations,
                        .value = shares.retained_deviations ? shares.retained.value_or(0)
                                                            : *shares.learned_ratio});
  }
  if (shares.layers_linked > 0) {
    evidence.push_back(
        {.kind = kLinkedLayers, .count = shares.layers_linked, .all = shares.layers});
    const auto add = [&](EvidenceKind kind, const std::vector<std::uint32_t>& layers) {
      if (!layers.empty()) evidence.push_back({.kind = kind, .layers = layers});
    };
    const LayerChanges changes = ChangesOfLayers(pair);
    add(kDuplicatedLayers, changes.duplicated);
    if (!pair.b.incomplete) add(kDroppedLayers, changes.dropped);
  }
  if (pair.copies.learned > 0) {
    evidence.push_back({.kind = kCopiedTensors, .count = pair.copies.learned});
  }
  return evidence;
}

std::vector<Unread> UnreadOf(const PairAnalysis& pair) {
  std::vector<Unread> all;
  for (const bool of_b : {false, true}) {
    const ModelParts& model = of_b ? pair.b : pair.a;
    Unread unread{.of_b = of_b, .incomplete = model.incomplete};
    if (model.packed.tensors > 0) unread.packed = model.packed.share();
    if (unread.packed || unread.incomplete) all.push_back(unread);
  }
  return all;
}

std::vector<Limit> LimitsOf(const PairAnalysis& pair, const std::vector<Unread>& unread) {
  std::vector<Limit> limits = {{.kind = LimitKind::kDistillation},
                               {.kind = LimitKind::kRetraining}};
  if (!pair.non_finite_a.empty() || !pair.non_finite_b.empty()) {
    limits.push_back({.kind = LimitKind::kNonFinite});
  }
  for (const Unread& part : unread) limits.push_back({.kind = LimitKind::kUnread, .unread = part});
  return limits;
}

Verdict JudgeIn(ResidualBasis basis, const PairAnalysis& pair,
                const std::vector<TestResult>& tests) {
  Verdict verdict{.basis = basis, .shares = SharesOf(pair), .unread = UnreadOf(pair)};
  verdict.category = CategoryBy(pair, tests, verdict.shares);
  if (verdict.category == kSharesMaterial) verdict.shared = SharedBy(pair, verdict.shares);
  verdict.strongest = MostSignificant(tests);
  verdict.evidence = EvidenceFor(pair, basis, tests, verdict.shares);
  verdict.limits = LimitsOf(pair, verdict.unread);
  return verdict;
}

bool IsAnyStrong(const std::vector<TestResult>& tests, ResidualBasis basis) {
  return std::ranges::any_of(
      tests, [&](const TestResult& test) { return test.strong && test.key.basis == basis; });
}

}  // namespace

std::string_view VerdictName(VerdictCategory category) {
  constexpr std::array<std::string_view, 5> kNames = {"identical", "derived", "shares_material",
                                                      "no_evidence", "not_comparable"};
  return kNames[static_cast<std::size_t>(category)];
}

std::string_view SharedMaterialName(SharedMaterial shared) {
  constexpr std::array<std::string_view, 4> kNames = {"common_initialisation", "copied_tensors",
                                                      "part_of_the_model", "component_taken"};
  return kNames[static_cast<std::size_t>(shared)];
}

VerdictCategory CategoryOf(const PairAnalysis& pair, const std::vector<TestResult>& tests) {
  return CategoryBy(pair, tests, SharesOf(pair));
}

Verdict Judge(const PairAnalysis& stored, const PairAnalysis* fitted,
              const std::vector<TestResult>& tests) {
  if (fitted != nullptr && IsAnyStrong(tests, ResidualBasis::kFitted)) {
    Verdict verdict = JudgeIn(ResidualBasis::kFitted, *fitted, tests);
    const bool stored_shows = IsAnyStrong(tests, ResidualBasis::kAsStored);
    if (verdict.category == kDerived || !stored_shows) return verdict;
  }
  return JudgeIn(ResidualBasis::kAsStored, stored, tests);
}

}  // namespace modelkin
