#include "lineage/verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "lineage/layer_sources.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

bool IsLinked(const MlpMatch& match, std::size_t mlps) {
  return match.skipped.empty() &&
         match.log_p_linked() + std::log(static_cast<double>(mlps)) < kStrongLogP;
}

void AddMlps(const PairAnalysis& pair, LinkedShares& shares) {
  double parameters = 0, linked = 0;
  std::vector<double> learned, cosines;
  for (const MlpMatch& match : pair.mlps) {
    if (!match.skipped.empty()) continue;
    const double width = static_cast<double>(pair.b.mlps[match.b].width);
    ++shares.mlps;
    parameters += width;
    if (!IsLinked(match, pair.mlps.size())) continue;
    ++shares.mlps_linked;
    linked += width;
    if (const auto ratio = match.learned()) learned.push_back(*ratio);
    if (const auto cosine = match.cosine()) cosines.push_back(*cosine);
  }
  if (parameters > 0) shares.mlp_parameters = linked / parameters;
  shares.learned_ratio = Median(std::move(learned));
  shares.unit_cosine = Median(std::move(cosines));
}

// What residual coordinates tell where there are no MLPs.
void AddResidual(const PairAnalysis& pair, LinkedShares& shares) {
  std::vector<double> learned, cosines;
  for (const UnitRelations& relations : pair.residual_relations) {
    if (const auto ratio = relations.learned()) learned.push_back(*ratio);
    cosines.push_back(relations.cosine);
  }
  shares.learned_ratio = Median(std::move(learned));
  shares.unit_cosine = Median(std::move(cosines));
  const auto& tensors = pair.residual.tensors;
  if (shares.layers > 0 || tensors.empty()) return;
  const auto clear =
      std::ranges::count_if(tensors, [](const TensorTrace& tensor) { return tensor.z >= kClearZ; });
  shares.tensor_share = static_cast<double>(clear) / static_cast<double>(tensors.size());
}

LinkedShares SharesOf(const PairAnalysis& pair) {
  LinkedShares shares;
  AddMlps(pair, shares);
  shares.layers = pair.layer_map.layers_b.size();
  shares.layers_linked = pair.layer_map.linked();
  if (shares.layers > 0) {
    shares.layer_share =
        static_cast<double>(shares.layers_linked) / static_cast<double>(shares.layers);
  }
  if (!pair.residual_relations.empty()) AddResidual(pair, shares);
  if (!pair.orders.empty()) {
    const auto in_place = std::ranges::count_if(pair.orders, [&](const TensorOrder& order) {
      return order.share() >= kLinkedUnits &&
             order.log_p + std::log(static_cast<double>(pair.orders.size())) < kStrongLogP;
    });
    shares.tensor_share = static_cast<double>(in_place) / static_cast<double>(pair.orders.size());
  }
  return shares;
}

// The least of the shares that are known; nothing if none is.
std::optional<double> LinkedShare(const LinkedShares& shares) {
  std::optional<double> least;
  for (const auto& share : {shares.mlp_parameters, shares.layer_share, shares.tensor_share}) {
    if (share) least = std::min(least.value_or(1), *share);
  }
  return least;
}

bool IsStrong(const std::vector<TestResult>& tests) {
  return std::ranges::any_of(tests, &TestResult::strong);
}

VerdictCategory CategoryOf(const PairAnalysis& pair, const std::vector<TestResult>& tests,
                           const LinkedShares& shares) {
  using enum VerdictCategory;
  if (pair.copies.all_identical) return kIdentical;
  const bool strong = IsStrong(tests);
  const bool all_of_b = pair.copies.all_of_b && pair.copies.learned > 0;
  if (all_of_b || (strong && IsLearned(shares) && LinkedShare(shares).value_or(0) >= kDerivedShare))
    return kDerived;
  if (strong || pair.copies.learned > 0) return kSharesMaterial;
  return std::ranges::any_of(tests, &TestResult::run) ? kNoEvidence : kNotComparable;
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

std::string KindOf(const PairAnalysis& pair, const LinkedShares& shares) {
  const bool others = shares.mlps_linked > 0 || shares.tensor_share.value_or(0) > 0;
  if (pair.copies.learned > 0) return others ? "part_of_the_model" : "copied_tensors";
  if (!IsLearned(shares) || (!others && IsSpread(pair))) return kCommonInitialisation;
  return "part_of_the_model";
}

std::string Power10(double log_p, bool is_bound) {
  return fmt::format("p {} 10^{:.1f}", is_bound ? "<=" : "=", log_p / std::log(10.0));
}

// Of those whose p is one, if any is strong.
const TestResult* MostSignificant(const std::vector<TestResult>& tests) {
  const TestResult* best = nullptr;
  const auto rank = [](const TestResult& test) {
    return std::pair(!test.caveat.empty(), test.log_p_adjusted);
  };
  for (const TestResult& test : tests) {
    if (test.strong && (best == nullptr || rank(test) < rank(*best))) best = &test;
  }
  return best;
}

std::string Finding(const TestResult& test) {
  const std::string effect = fmt::format("{} {:.3g}", test.effect_name, test.effect);
  if (!test.caveat.empty()) return fmt::format("{} ({})", effect, test.caveat);
  return fmt::format("{} after correction, {}", Power10(test.log_p_adjusted, test.log_p_is_bound),
                     effect);
}

std::string Rejection(const TestResult& test) {
  if (test.caveat.empty()) return Power10(test.log_p_adjusted, test.log_p_is_bound);
  return fmt::format("{}: {} {:.3g}, strong from {:.3g} on", test.name, test.effect_name,
                     test.effect, test.least_effect);
}

std::vector<std::string> EvidenceFor(const PairAnalysis& pair, const std::vector<TestResult>& tests,
                                     const LinkedShares& shares) {
  std::vector<std::string> evidence;
  for (const TestResult& test : tests) {
    if (!test.strong) continue;
    std::string line = fmt::format("{}: {}", test.name, Finding(test));
    if (!test.control_effects.empty()) {
      line += fmt::format(" (controls: at most {:.3g})",
                          *std::ranges::max_element(test.control_effects));
    }
    evidence.push_back(std::move(line));
  }
  if (shares.mlps_linked > 0) {
    evidence.push_back(
        fmt::format("hidden units of {} of B's {} MLPs have their like in an MLP of A",
                    shares.mlps_linked, shares.mlps));
  }
  if (shares.unit_cosine) {
    evidence.push_back(fmt::format("units and their like have a mean cosine of {}",
                                   *shares.unit_cosine > 0.9995
                                       ? std::string(">0.999")
                                       : fmt::format("{:.3f}", *shares.unit_cosine)));
  }
  if (shares.learned_ratio) {
    evidence.push_back(fmt::format(
        "relations between units, which training makes, are in common {:.2f} times as much as the "
        "units: 1 or more where one model goes back to the other, under {} where both only started "
        "alike",
        *shares.learned_ratio, kLearnedRatio));
  }
  if (shares.layers_linked > 0) {
    evidence.push_back(fmt::format("attention and norms of {} of B's {} layers go back to A's",
                                   shares.layers_linked, shares.layers));
    const auto list = [&](std::string_view what, const std::vector<std::uint32_t>& layers) {
      if (layers.empty()) return;
      evidence.push_back(fmt::format("{}: {}", what, fmt::join(layers, ", ")));
    };
    const LayerChanges changes = ChangesOfLayers(pair);
    list("layers of A more than once in B", changes.duplicated);
    list("layers of A not in B", changes.dropped);
  }
  if (pair.copies.learned > 0) {
    evidence.push_back(fmt::format(
        "{} of learned values stored with the same bytes in both",
        pair.copies.learned == 1 ? "1 tensor" : fmt::format("{} tensors", pair.copies.learned)));
  }
  return evidence;
}

// What of a model was not read: "of B's parameters 90.1% are packed and were not read"; "" for
// none.
std::string UnreadText(const ModelParts& model, std::string_view name) {
  std::string text;
  if (model.packed.tensors > 0) {
    text = fmt::format("of {}'s parameters {:.1f}% are packed and were not read", name,
                       100 * model.packed.share());
  }
  if (model.incomplete) {
    text += fmt::format("{}files or tensors of {} are missing", text.empty() ? "" : ", and ", name);
  }
  return text;
}

std::vector<std::string> UnreadOf(const PairAnalysis& pair) {
  std::vector<std::string> unread;
  for (const auto& [model, name] : {std::pair(&pair.a, "A"), {&pair.b, "B"}}) {
    std::string text = UnreadText(*model, name);
    if (!text.empty()) unread.push_back(std::move(text));
  }
  return unread;
}

std::string SharesSentence(const std::string& kind) {
  if (kind == kCommonInitialisation) {
    return "A and B have in common what they started from, as models do that were initialised "
           "with the same random numbers, or into one of which a little of the other was mixed; "
           "nothing learned is shown to be shared.";
  }
  if (kind == "copied_tensors") {
    return "B shares some stored tensors with A; the rest shows no evidence of a common origin.";
  }
  return "Part of B shares its origin with A; the rest shows no evidence of it.";
}

std::string SentenceOf(VerdictCategory category, const std::string& kind,
                       const std::vector<TestResult>& tests, const std::string& unread) {
  switch (category) {
    case VerdictCategory::kIdentical:
      return "A and B are the same model: every tensor is stored with the same bytes in both.";
    case VerdictCategory::kDerived: {
      const TestResult* const best = MostSignificant(tests);
      const std::string rejected =
          best == nullptr ? "every tensor of B is stored with the same bytes in A"
                          : "the hypothesis of independent initialisation is rejected (" +
                                Rejection(*best) + ")";
      return "One of A and B is built on the other, or both on the same trained model: " +
             rejected + "." +
             (unread.empty() ? "" : fmt::format(" That is of what was read: {}.", unread));
    }
    case VerdictCategory::kSharesMaterial:
      return SharesSentence(kind) + (unread.empty() ? "" : fmt::format(" But {}.", unread));
    case VerdictCategory::kNoEvidence:
      if (unread.empty()) return "No evidence that B is built on A, or A on B.";
      return fmt::format(
          "Nothing that was read is evidence that B is built on A, or A on B; but {}: that clears "
          "neither.",
          unread);
    case VerdictCategory::kNotComparable: break;
  }
  const auto skipped = std::ranges::find_if_not(tests, &TestResult::run);
  return fmt::format("A and B can't be compared: {}{}.",
                     skipped == tests.end() ? "no test could be run" : skipped->skipped,
                     unread.empty() ? "" : fmt::format("; {}", unread));
}

}  // namespace

std::string_view VerdictName(VerdictCategory category) {
  constexpr std::array<std::string_view, 5> kNames = {"identical", "derived", "shares_material",
                                                      "no_evidence", "not_comparable"};
  return kNames[static_cast<std::size_t>(category)];
}

bool IsLearned(const LinkedShares& shares) {
  return !shares.unit_cosine || shares.learned_ratio.value_or(0) >= kLearnedRatio ||
         *shares.unit_cosine >= kNearCopy;
}

Verdict Judge(const PairAnalysis& pair, const std::vector<TestResult>& tests) {
  Verdict verdict;
  verdict.shares = SharesOf(pair);
  verdict.category = CategoryOf(pair, tests, verdict.shares);
  if (verdict.category == VerdictCategory::kSharesMaterial) {
    verdict.kind = KindOf(pair, verdict.shares);
  }
  const std::vector<std::string> unread = UnreadOf(pair);
  verdict.sentence = SentenceOf(verdict.category, verdict.kind, tests,
                                fmt::format("{}", fmt::join(unread, ", and ")));
  verdict.evidence = EvidenceFor(pair, tests, verdict.shares);
  verdict.limits = {
      "Weights can't show distillation, training on another model's outputs, or shared data.",
      "Complete retraining leaves nothing to find."};
  const std::string left_out = NonFiniteText(pair.non_finite_a, pair.non_finite_b);
  if (!left_out.empty()) verdict.limits.push_back(left_out);
  for (const std::string& text : unread) {
    verdict.limits.push_back(fmt::format("Not all was looked at: {}.", text));
  }
  return verdict;
}

}  // namespace modelkin
