#include "kinship/kinship.h"

#include <fmt/format.h>

#include <algorithm>

namespace modelkin {
namespace {

// Rows of a student that was trained to have another's embedding were seen with a cosine of 0.67.
constexpr double kNearlyUntouched = 0.9;

std::size_t CountStrong(const std::vector<TestResult>& tests) {
  return static_cast<std::size_t>(std::ranges::count_if(tests, &TestResult::strong));
}

TestResult UndertrainedTest(const char* name, const TokenTableEvidence& evidence) {
  TestResult test;
  test.name = name;
  test.hypothesis = "A and B were initialised independently";
  test.symmetry_group = "one permutation of residual coordinates, that of residual_trace";
  test.assumption =
      "B's residual coordinates are in random order relative to A's; rows are those of A's "
      "shortest, "
      "of tokens that training hardly saw";
  test.needs_witness = true;
  test.effect_without_witness = kNearlyUntouched;
  test.skipped = evidence.skipped.empty() ? evidence.test.skipped : evidence.skipped;
  if (!test.run()) return test;
  test.statistic_name = "z";
  test.statistic = evidence.test.z;
  test.units = evidence.test.rows;
  test.log_p = evidence.test.log_p;
  test.log_p_is_bound = evidence.test.is_bound;
  test.p_method = TraceTailName(evidence.test.method);
  test.effect_name = "cosine of centred rows";
  test.effect = evidence.test.cosine;
  return test;
}

bool IsFitted(const TestResult& test) { return test.name.ends_with(kFittedSuffix); }

class Tracer {
 public:
  Tracer(const KinshipInputs& inputs, const TraceSettings& options, TraceState& state,
         Progress& progress, Trace& trace)
      : inputs_(inputs), options_(options), state_(state), progress_(progress), trace_(trace) {}

  Kinship Run() {
    kinship_.tokens =
        SharedTokens(trace_.pair.a, inputs_.tokenizer_a, trace_.pair.b, inputs_.tokenizer_b);
    kinship_.descriptions = Describe(trace_, inputs_.a, inputs_.b, inputs_.controls,
                                     kinship_.tokens, options_, progress_);
    AddTokenTests();
    using enum VerdictCategory;
    if (trace_.verdict.category != kIdentical && trace_.verdict.category != kDerived) {
      TryFittedBasis();
    }
    if (trace_.verdict.category != kNoEvidence && trace_.verdict.category != kNotComparable) {
      Explain();
    }
    return std::move(kinship_);
  }

 private:
  void AddTokenTests() {
    const Descriptions& figures = kinship_.descriptions;
    const std::size_t first = trace_.tests.size(), before = CountStrong(trace_.tests);
    trace_.tests.push_back(UndertrainedTest("undertrained_tokens", figures.tokens.embedding));
    trace_.tests.push_back(UndertrainedTest("undertrained_outputs", figures.tokens.unembedding));
    for (const ControlFigures& control : figures.controls) {
      AddEffect(control.tokens.embedding, trace_.tests[first]);
      AddEffect(control.tokens.unembedding, trace_.tests[first + 1]);
    }
    AdjustTests(trace_.tests);
    if (CountStrong(trace_.tests) != before) JudgeStored();
  }

  static void AddEffect(const TokenTableEvidence& of_control, TestResult& test) {
    if (test.run() && of_control.skipped.empty() && of_control.test.skipped.empty()) {
      test.control_effects.push_back(of_control.test.cosine);
    }
  }

  // A test may have lost its place, or a new one found something.
  void JudgeStored() {
    trace_.verdict = Judge(trace_.pair, trace_.tests);
    StatePower(options_, progress_, trace_);
  }

  void TryFittedBasis() {
    BasisTrace fitted =
        TraceInFittedBasis(trace_.pair, kinship_.tokens, options_, state_, "pair", progress_);
    // Scales that norms and projections share in another way hide relations between units.
    const bool by_norms = !IsLearned(trace_.verdict.shares);
    const bool changes =
        fitted.basis.map != nullptr &&
        (!fitted.basis.map->is_identity() || by_norms || fitted.renamed_a || fitted.renamed_b);
    if (changes) {
      for (TestResult& test : TestFitted(fitted)) trace_.tests.push_back(std::move(test));
      const std::size_t before = CountStrong(trace_.tests);
      AdjustTests(trace_.tests);
      if (std::ranges::any_of(
              trace_.tests, [](const TestResult& test) { return IsFitted(test) && test.strong; })) {
        AddControls();
      }
      JudgeAgain(before, fitted);
    }
    kinship_.fitted.emplace(std::move(fitted));
  }

  // The effects of the same tests with each control, its coordinates fitted as well.
  void AddControls() {
    for (const ControlTrace& control : trace_.controls) {
      if (control.related) continue;
      const TracedModel& own = control.with_a ? inputs_.a : inputs_.b;
      const TracedModel& other = inputs_.controls[control.control];
      const PairAnalysis stored{.a = PartsOf(*own.checkpoint, own.spec),
                                .b = PartsOf(*other.checkpoint, other.spec)};
      const BasisTrace fitted = TraceInFittedBasis(
          stored, SharedTokens(stored.a, nullptr, stored.b, nullptr), options_, state_,
          fmt::format("control-{}-{}", control.control + 1, control.with_a ? "a" : "b"), progress_);
      for (const TestResult& test : TestFitted(fitted)) {
        const auto same = std::ranges::find(trace_.tests, test.name, &TestResult::name);
        if (same != trace_.tests.end()) same->control_effects.push_back(test.effect);
      }
    }
    AdjustTests(trace_.tests);
  }

  void JudgeAgain(std::size_t strong_before, BasisTrace& fitted) {
    const bool by_fitted = std::ranges::any_of(
        trace_.tests, [](const TestResult& test) { return IsFitted(test) && test.strong; });
    // Models of different widths have tests in a fitted basis alone.
    const bool first_tests = trace_.verdict.category == VerdictCategory::kNotComparable &&
                             std::ranges::any_of(trace_.tests, &TestResult::run);
    if (!by_fitted && !first_tests && CountStrong(trace_.tests) == strong_before) return;
    if (by_fitted) {
      fitted.pair->copies = trace_.pair.copies;
      Verdict verdict = Judge(*fitted.pair, trace_.tests);
      // A fitted basis shows what the stored one hides; it does not take back what that shows.
      const bool stored_shows = std::ranges::any_of(
          trace_.tests, [](const TestResult& test) { return !IsFitted(test) && test.strong; });
      if (verdict.category == VerdictCategory::kDerived || !stored_shows) {
        trace_.verdict = std::move(verdict);
        StatePower(options_, progress_, trace_);
        kinship_.shown_by_fitted_basis = true;
      }
    } else {
      JudgeStored();
    }
  }

  void Explain() {
    const bool fitted = kinship_.shown_by_fitted_basis;
    const PairAnalysis& pair = fitted ? *kinship_.fitted->pair : trace_.pair;
    const auto map = fitted ? kinship_.fitted->basis.map : nullptr;
    // The models as the pair names their tensors.
    const BasisTrace* const renamed = fitted ? &*kinship_.fitted : nullptr;
    const bool new_a = renamed != nullptr && renamed->renamed_a;
    const bool new_b = renamed != nullptr && renamed->renamed_b;
    const ModelParts& a = new_a ? renamed->renamed_a->parts : trace_.pair.a;
    const ModelParts& b = new_b ? renamed->renamed_b->parts : trace_.pair.b;
    const Alignment alignment = AlignModels(a, b, pair, map, kinship_.tokens, options_.threads);
    kinship_.heritage = TraceHeritage(alignment, a, b, options_.threads, progress_);
    kinship_.not_in_b = alignment.not_in_b;
    if (!inputs_.parents.empty()) FitParents();
    const auto decayed = DecayedEmbedding(alignment, b);
    kinship_.relation = Relate(pair, fitted ? &kinship_.fitted->basis : nullptr, alignment,
                               kinship_.heritage, kinship_.merge ? &*kinship_.merge : nullptr,
                               decayed ? &*decayed : nullptr, options_.threads);
    if (trace_.verdict.kind == kCommonInitialisation) OnlyStartedAlike();
  }

  // Then neither was made from the other.
  void OnlyStartedAlike() {
    Relation& relation = *kinship_.relation;
    std::erase_if(relation.kinds, [](const Kind& kind) {
      return kind.name != "renamed" && kind.name != "rotary_layout";
    });
    relation.kinds.push_back({.name = kCommonInitialisation,
                              .evidence = "what B's tensors have in common with A's is where both "
                                          "started",
                              .figures = {},
                              .roles = {}});
    relation.facts.clear();
    relation.signs.clear();
    relation.direction = relation.signs_point = Direction::kUnknown;
  }

  static std::optional<DecayedRows> DecayedEmbedding(const Alignment& alignment,
                                                     const ModelParts& b) {
    const Part* const of_a = alignment.arranged.Find(Role::kEmbedding);
    const Part* const of_b = b.Find(Role::kEmbedding);
    if (of_a == nullptr || of_b == nullptr) return std::nullopt;
    return FindDecayedRows(alignment.arranged.checkpoint, *of_a->tensor, b.checkpoint,
                           *of_b->tensor);
  }

  void FitParents() {
    std::vector<ModelParts> parents;
    parents.reserve(inputs_.parents.size());
    for (const TracedModel& parent : inputs_.parents) {
      parents.push_back(PartsOf(*parent.checkpoint, parent.spec));
    }
    std::vector<const ModelParts*> pointers;
    pointers.reserve(parents.size());
    for (const ModelParts& parent : parents) pointers.push_back(&parent);
    GridNoise noise;
    for (const TensorHeritage& tensor : kinship_.heritage) {
      if (tensor.grid) noise.emplace(tensor.link.b->tensor->name, tensor.grid->noise);
    }
    kinship_.merge =
        FitMerge(trace_.pair.b, pointers, &trace_.pair.a, noise, options_.threads, progress_);
    kinship_.merge->goes_back_to_a = GoesBackToA(*kinship_.merge);
  }

  bool GoesBackToA(const MergeFit& merge) const {
    if (!merge.is_merge || HasBase(merge.method)) return merge.is_merge;
    for (std::size_t i = 0; i < merge.weights.size(); ++i) {
      const double weight = merge.weights[i].mean;
      const bool is_a = inputs_.parents[i].checkpoint->path() == inputs_.a.checkpoint->path();
      if (is_a && weight > kLeastMergeWeight && weight < 1) return true;
    }
    return false;
  }

  const KinshipInputs& inputs_;
  const TraceSettings& options_;
  TraceState& state_;
  Progress& progress_;
  Trace& trace_;
  Kinship kinship_;
};

}  // namespace

Kinship TraceKinship(const KinshipInputs& inputs, const TraceSettings& options, TraceState& state,
                     Progress& progress, Trace& trace) {
  return Tracer(inputs, options, state, progress, trace).Run();
}

}  // namespace modelkin
