#include "evidence/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include "evidence/adjustment.h"
#include "evidence/effort.h"
#include "evidence/judge.h"
#include "evidence/lineage_tests.h"
#include "evidence/linked_shares.h"
#include "evidence/power.h"
#include "evidence/stage_names.h"

namespace modelkin {
namespace {

// What a control has in common with A or B to the byte is common property, and no evidence: also
// what was not drawn beside the control.
void DiscountCopies(const PairAnalysis& beside, CopiedTensors& copies) {
  std::set<std::string_view> shared, unknown;
  for (const CopiedTensor& copy : beside.copies.identical) shared.insert(copy.a->name);
  for (const Tensor* const tensor : beside.copies.not_compared) unknown.insert(tensor->name);
  for (CopiedTensor& copy : copies.identical) {
    if (copy.kind != CopyKind::kLearned) continue;
    const std::string& name = copy.b->name;
    const bool common =
        shared.contains(name) ||
        (unknown.contains(name) && IsSameInBoth(beside.a.checkpoint, beside.b.checkpoint, name));
    if (!common) continue;
    copy.kind = CopyKind::kInControl;
    copy.table.reset();
    --copies.learned;
    copies.learned_elements -= copy.b->elements;
  }
}

bool IsDerivation(VerdictCategory category) {
  return category == VerdictCategory::kDerived || category == VerdictCategory::kIdentical;
}

std::string NameOf(const TracedModel& model) {
  const std::filesystem::path path(model.checkpoint->path());
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

// "glm-a, glm-b"
std::string NamesOf(const TracedModel& a, const TracedModel& b) {
  return fmt::format("{}, {}", NameOf(a), NameOf(b));
}

// Pairs that are analysed: A and B, and each of them with each control.
std::uint64_t Parts(const TracedModels& inputs) {
  const auto controls = std::ranges::count_if(
      inputs.controls, [](const TracedModel& model) { return model.checkpoint != nullptr; });
  return 1 + 2 * static_cast<std::uint64_t>(controls);
}

// Between models of different widths there are no tests but those in a fitted basis, which is
// fitted to all tokens and layers in every look. Where it makes no rows that were held out more
// alike than a fit to shuffled ones does, a look that draws more has nothing more to go by.
bool IsWithoutBasis(const Trace& trace) {
  constexpr double kLeastGain = 0.03;  // as BasisScreen has it
  const auto &a = trace.pair.a.residual, &b = trace.pair.b.residual;
  if (!a || !b || *a == *b || !trace.fitted || trace.fitted->basis.map == nullptr) return false;
  const HiddenBasis& basis = trace.fitted->basis;
  return trace.verdict.category == VerdictCategory::kNoEvidence &&
         basis.cosine - basis.shuffled_cosine < kLeastGain;
}

// Takes one measurement after the other, and makes tests of them.
class Tracer {
 public:
  // `name` begins the names of what `state` keeps.
  Tracer(const TracedModels& inputs, const TraceSettings& options, TraceState& state,
         std::string name, Progress& progress)
      : inputs_(inputs),
        options_(options),
        state_(state),
        name_(std::move(name)),
        progress_(progress) {}

  Trace Run() {
    MeasureStored();
    for (std::size_t i = 0; i < inputs_.controls.size(); ++i) {
      if (inputs_.controls[i].checkpoint == nullptr) continue;
      for (const bool with_a : {true, false}) MeasureControl({.control = i, .with_a = with_a});
    }
    progress_.BeginPart(NamesOf(inputs_.a, inputs_.b), 0,
                        0);  // how long the rest takes is not known
    AdjustTests(trace_.tests, options_.looks);
    const bool shown = IsDerivation(CategoryOf(trace_.pair, trace_.tests));
    if (!shown && !options_.quick()) MeasureFitted();
    // NOLINTNEXTLINE(bugprone-std-exception-baseclass): the end of a share, and no error
    if (state_.share()) throw ShareDone{.more = false};
    Conclude(options_, progress_, trace_);
    return std::move(trace_);
  }

 private:
  const TracedModel& OwnOf(const ControlId& id) const { return id.with_a ? inputs_.a : inputs_.b; }
  const TracedModel& OtherOf(const ControlId& id) const { return inputs_.controls[id.control]; }

  std::string NameOf(const ControlId& id) const {
    return fmt::format("{}control-{}-{}", name_, id.control + 1, id.with_a ? "a" : "b");
  }
  std::string NameOfPair() const { return name_ + "pair"; }

  PairAnalysis AnalyseOwnPair() const {
    progress_.BeginPart(NamesOf(inputs_.a, inputs_.b), 1, Parts(inputs_));
    return AnalysePair(inputs_.a, inputs_.b, options_, state_, NameOfPair(), progress_);
  }

  TokenEvidence RowsOf(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens) {
    progress_.Begin("tokens", TokenEvidenceBytes(a, b, options_.plan.tokens));
    return GatherTokenEvidence(
        a, b, tokens.pairs,
        {.draws = options_.draws, .seed = options_.seed, .threads = options_.threads}, progress_,
        options_.plan.tokens, options_.plan.run_bytes);
  }

  void MeasureStored() {
    const PairAnalysis& pair = trace_.pair;
    if (!options_.quick()) {
      trace_.tokens = SharedTokens(pair.a, inputs_.tokenizer_a, pair.b, inputs_.tokenizer_b);
      trace_.rows = RowsOf(pair.a, pair.b, trace_.tokens);
    }
    trace_.tests = EvaluateTests({.pair = &pair, .tokens = trace_.rows ? &*trace_.rows : nullptr});
    SayWhatComes();
  }

  // Before reference models are looked at, what A and B themselves show says which stages follow.
  void SayWhatComes() const {
    std::vector<TestResult> tests = trace_.tests;
    AdjustTests(tests, options_.looks);
    const bool related = IsDerivation(CategoryOf(trace_.pair, tests));
    for (const char* const stage : kStagesOfRelatives) progress_.Revise(stage, related ? 2 : 0);
    for (const char* const stage : kStagesOfOthers) progress_.Revise(stage, related ? 0 : 2);
  }

  void MeasureControl(const ControlId& id) {
    progress_.BeginPart(NamesOf(OwnOf(id), OtherOf(id)), trace_.controls.size() + 2,
                        Parts(inputs_));
    const PairAnalysis pair =
        AnalysePair(OwnOf(id), OtherOf(id), options_, state_, NameOf(id), progress_);
    ControlTrace control{.id = id, .tests = EvaluateTests({.pair = &pair})};
    AdjustTests(control.tests, options_.looks);
    const Verdict verdict = Judge(pair, nullptr, control.tests);
    control.category = verdict.category;
    // A model of the same start has what no stranger has, and would hide it.
    control.related =
        IsDerivation(verdict.category) || verdict.shared == SharedMaterial::kCommonInitialisation;
    if (!control.related) {
      DiscountCopies(pair, trace_.pair.copies);
      if (!options_.quick()) control.tokens = RowsBeside(id);
      AttachControl(
          EvaluateTests({.pair = &pair, .tokens = control.tokens ? &*control.tokens : nullptr}),
          trace_.tests);
    }
    trace_.controls.push_back(std::move(control));
  }

  TokenEvidence RowsBeside(const ControlId& id) {
    const ModelParts own = PartsOf(*OwnOf(id).checkpoint, OwnOf(id).spec);
    const ModelParts other = PartsOf(*OtherOf(id).checkpoint, OtherOf(id).spec);
    return RowsOf(own, other, SharedTokens(own, nullptr, other, nullptr));
  }

  void MeasureFitted() {
    FittedPair& fitted = trace_.fitted.emplace(
        FitPair(trace_.pair, trace_.tokens, options_, state_, NameOfPair(), progress_));
    // Scales that norms and projections share in another way hide relations between units.
    const bool by_norms = !IsLearned(SharesOf(trace_.pair));
    const ResidualMap* const map = fitted.basis.map.get();
    if (map == nullptr ||
        (map->is_identity() && !by_norms && !fitted.renamed_a && !fitted.renamed_b)) {
      return;
    }
    fitted.pair->copies = trace_.pair.copies;
    std::ranges::move(EvaluateFittedTests(*fitted.pair), std::back_inserter(trace_.tests));
    AdjustTests(trace_.tests, options_.looks);
    const bool found = std::ranges::any_of(trace_.tests, [](const TestResult& test) {
      return test.strong && test.key.basis == ResidualBasis::kFitted;
    });
    if (!found) return;
    for (const ControlTrace& control : trace_.controls) {
      if (!control.related) FitControl(control.id);
    }
  }

  // The effects of the same tests beside a control, its coordinates fitted as well.
  void FitControl(const ControlId& id) {
    const PairAnalysis stored{.a = PartsOf(*OwnOf(id).checkpoint, OwnOf(id).spec),
                              .b = PartsOf(*OtherOf(id).checkpoint, OtherOf(id).spec)};
    const FittedPair fitted = FitPair(stored, SharedTokens(stored.a, nullptr, stored.b, nullptr),
                                      options_, state_, NameOf(id), progress_);
    if (fitted.pair) AttachControl(EvaluateFittedTests(*fitted.pair), trace_.tests);
  }

  const TracedModels& inputs_;
  const TraceSettings& options_;
  TraceState& state_;
  const std::string name_;
  Progress& progress_;
  Trace trace_{.pair = AnalyseOwnPair()};
};

}  // namespace

const PairAnalysis& Trace::shown() const {
  return verdict.basis == ResidualBasis::kFitted ? *fitted->pair : pair;
}

void Conclude(const TraceSettings& options, Progress& progress, Trace& trace) {
  const PairAnalysis* const fitted =
      trace.fitted && trace.fitted->pair ? &*trace.fitted->pair : nullptr;
  AdjustTests(trace.tests, options.looks);
  trace.verdict = Judge(trace.pair, fitted, trace.tests);
  const bool mostly_unread = std::ranges::any_of(trace.verdict.unread, [](const Unread& unread) {
    return unread.packed.value_or(0) > kMostlyUnread;
  });
  if (trace.verdict.category == VerdictCategory::kNoEvidence && !mostly_unread) {
    trace.power = SimulatePower(trace.pair, fitted, options, progress);
  }
}

Trace TraceLook(const TracedModels& inputs, const TraceSettings& options, TraceState& state,
                const std::string& name, Progress& progress) {
  return Tracer(inputs, options, state, name, progress).Run();
}

Trace TraceLineage(const TracedModels& inputs, const TraceSettings& options, TraceState& state,
                   Progress& progress, const std::string& name) {
  const std::vector<DrawPlan> plans = PlansOf(options, *inputs.a.checkpoint, *inputs.b.checkpoint);
  TraceSettings settings = options;
  settings.looks = plans.size() * options.components * options.comparisons;
  for (std::size_t look = 0;; ++look) {
    settings.plan = plans[look];
    const std::string kept = look == 0 ? name : fmt::format("{}look-{}-", name, look + 1);
    PrefixedProgress of_look(
        look == 0 ? "" : fmt::format("look {} of {}: ", look + 1, plans.size()), progress);
    Trace trace = TraceLook(inputs, settings, state, kept, of_look);
    trace.effort = {.planned = plans.size(),
                    .taken = look + 1,
                    .settled = IsSettled(trace.verdict, trace.power, settings.plan,
                                         trace.shown().b.mlps.size()),
                    .plan = settings.plan};
    if (trace.effort.settled || IsWithoutBasis(trace) || look + 1 == plans.size()) return trace;
  }
}

}  // namespace modelkin
