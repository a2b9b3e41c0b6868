#include "requests/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ranges>
#include <utility>

#include "base/error.h"
#include "requests/stages_ahead.h"
#include "requests/tool_version.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {
namespace {

constexpr std::chrono::seconds kSaveInterval(20);

struct PairTokenizers {
  std::shared_ptr<const Tokenizer> a, b;
};

// Of all that results depend on: what was kept under another one is of no use.
std::string WhatItDependsOn(const Inputs& models, const std::vector<InputRecord>& records,
                            const PairTokenizers& tokenizers, const TraceOptions& options) {
  std::string text =
      fmt::format("modelkin {} effort {} {} {} seed {} draws {} of {}\n", kToolVersion,
                  static_cast<int>(options.effort), options.most_rows, options.most_units,
                  options.seed, options.draws, options.comparisons);
  text += models.Versions(records);
  for (const auto& tokenizer : {tokenizers.a, tokenizers.b}) {
    if (tokenizer) text += fmt::format("{} {}\n", tokenizer->file, tokenizer->version);
  }
  return text;
}

TracedModel Traced(const ModelComponent& component) {
  return {.checkpoint = component.for_tests.get(), .spec = component.spec()};
}

// One for each model of the role, in their order; without a checkpoint where a model has no such
// component.
std::vector<TracedModel> TracedOf(const Inputs& models, InputRole role,
                                  const ModelComponent& like) {
  std::vector<TracedModel> traced;
  for (const Input* const input : models.Of(role)) {
    const ModelComponent* const found = FindComponentLike(like, input->model->components());
    traced.push_back(found == nullptr ? TracedModel() : Traced(*found));
  }
  return traced;
}

bool IsLinked(const ComponentTrace& component) {
  if (!component.trace) return false;
  const VerdictCategory category = component.trace->verdict.category;
  return category != VerdictCategory::kNoEvidence && category != VerdictCategory::kNotComparable;
}

// What was paired by a guess and has nothing in common is a component that a single model has. One
// pair stays in any case. What is alone comes last.
void LeaveAlone(std::vector<ComponentTrace>& components) {
  std::size_t traced = 0;
  for (const ComponentTrace& component : components) traced += component.trace ? 1 : 0;
  for (ComponentTrace& component : std::views::reverse(components)) {
    ComponentPair& pair = component.pair;
    if (pair.by == PairedBy::kKind || IsLinked(component) || traced == 1) continue;
    (pair.by == PairedBy::kShapesOfB ? pair.a : pair.b) = nullptr;
    component.kinship.reset();
    component.trace.reset();
    --traced;
  }
  std::ranges::stable_partition(components,
                                [](const auto& component) { return component.trace.has_value(); });
}

// Traces one pair of components after the other.
class ComponentTracer {
 public:
  ComponentTracer(const Inputs& models, const PairTokenizers& tokenizers,
                  const TraceSettings& options, TraceState& state, Progress& progress)
      : models_(models),
        tokenizers_(tokenizers),
        options_(options),
        state_(state),
        progress_(progress),
        pairs_(PairComponents(models.a().model->components(), models.b().model->components())) {
    options_.components = static_cast<std::uint64_t>(std::ranges::count_if(
        pairs_, [](const ComponentPair& pair) { return pair.a != nullptr && pair.b != nullptr; }));
  }

  std::vector<ComponentTrace> Run() {
    std::vector<ComponentTrace> traced;
    traced.reserve(pairs_.size());  // results point to each other
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      ComponentTrace& component =
          traced.emplace_back(ComponentTrace{.pair = pairs_[i], .options = options_});
      if (i < options_.components) TracePair(i, component);
    }
    LeaveAlone(traced);
    return traced;
  }

  // Does the share of the state. Returns whether there may be more to share out once all other
  // shares have come as far.
  bool RunShare() {
    bool more = false;
    for (std::size_t i = 0; i < options_.components; ++i) {
      PrefixedProgress progress = ProgressOf(pairs_[i]);
      try {
        TraceEvidence(i, ModelsOf(pairs_[i]), progress);
      } catch (const ShareDone& done) {
        more |= done.more;
      }
    }
    return more;
  }

 private:
  PrefixedProgress ProgressOf(const ComponentPair& pair) const {
    const bool only = options_.components == 1;
    return {only ? "" : fmt::format("{}: ", ComponentName(pair.kind())), progress_};
  }

  TracedModels ModelsOf(const ComponentPair& pair) const {
    const bool text = pair.a->kind == Component::kText && pair.b->kind == Component::kText;
    return {.a = Traced(*pair.a),
            .b = Traced(*pair.b),
            .controls = TracedOf(models_, InputRole::kControl, *pair.b),
            .tokenizer_a = text ? tokenizers_.a.get() : nullptr,
            .tokenizer_b = text ? tokenizers_.b.get() : nullptr};
  }

  Trace TraceEvidence(std::size_t number, const TracedModels& traced, Progress& progress) {
    return TraceLineage(traced, options_, state_, progress,
                        number == 0 ? "" : fmt::format("component-{}-", number + 1));
  }

  void TracePair(std::size_t number, ComponentTrace& component) {
    const ComponentPair& pair = component.pair;
    PrefixedProgress progress = ProgressOf(pair);
    const TracedModels traced = ModelsOf(pair);
    component.trace = TraceEvidence(number, traced, progress);
    component.options.plan = component.trace->effort.plan;
    if (options_.quick()) return;
    std::vector<TracedModel> parents = TracedOf(models_, InputRole::kParent, *pair.b);
    // A merge is of all that were named.
    const bool all = std::ranges::all_of(
        parents, [](const TracedModel& parent) { return parent.checkpoint != nullptr; });
    if (!all) parents.clear();
    component.kinship =
        TraceKinship(traced, parents, *component.trace, component.options, progress);
  }

  const Inputs& models_;
  const PairTokenizers& tokenizers_;
  TraceSettings options_;
  TraceState& state_;
  Progress& progress_;
  std::vector<ComponentPair> pairs_;
};

WholeVerdict VerdictOf(const std::vector<ComponentTrace>& components) {
  std::vector<JudgedComponent> judged;
  for (const ComponentTrace& component : components) {
    const ModelComponent* const b = component.pair.b;
    judged.push_back({.kind = component.pair.kind(),
                      .verdict = component.trace ? &component.trace->verdict : nullptr,
                      .parameters_b = b == nullptr ? 0 : b->checkpoint->total_elements()});
  }
  return JudgeWhole(judged);
}

ComponentOutcome OutcomeOf(const ComponentTrace& component) {
  ComponentOutcome outcome{.kind = component.pair.kind(),
                           .category = {},
                           .only_in_b = component.pair.a == nullptr,
                           .kinds = {},
                           .power = {},
                           .unread = {}};
  if (!component.trace) return outcome;
  outcome.category = component.trace->verdict.category;
  outcome.power = component.trace->power;
  outcome.unread = component.trace->verdict.unread;
  if (!component.kinship || !component.kinship->relation) return outcome;
  for (const Kind& kind : component.kinship->relation->kinds) outcome.kinds.push_back(kind.kind);
  return outcome;
}

// What a trace begins with.
struct TraceStart {
  TraceSettings options;
  std::vector<InputRecord> records;
  PairTokenizers tokenizers;
  TraceState state;
};

// An adapter has nothing in common with a model but by its base.
void RequireBaseOfAdapter(const Inputs& models) {
  const OpenedModel &a = *models.a().model, &b = *models.b().model;
  if (a.is_adapter_alone() == b.is_adapter_alone()) return;
  throw Error(
      ErrorKind::kBadInput,
      "is an adapter (LoRA), which is compared as its base with the changes: name that by "
      "--base MODEL",
      {.file = a.is_adapter_alone() ? a.path() : b.path(), .tensor = {}, .offset_bytes = {}});
}

TraceStart Start(Inputs& models, const TraceRequest& request, const RequestContext& context,
                 std::optional<TraceShare> share) {
  RequireBaseOfAdapter(models);
  // What was kept is of what the files held, whatever their times say.
  const DigestPolicy digest = request.resume.empty() ? DigestPolicy::kNever : DigestPolicy::kAuto;
  TraceStart start{.options = {request.options, context.threads},
                   .records = models.Describe(digest, context),
                   .tokenizers = {},
                   .state = {}};
  if (!request.options.quick()) {
    start.tokenizers = {.a = models.a().model->tokenizer(), .b = models.b().model->tokenizer()};
  }
  if (!request.resume.empty()) {
    start.state = TraceState(
        request.resume, WhatItDependsOn(models, start.records, start.tokenizers, request.options),
        kSaveInterval, share);
  }
  return start;
}

}  // namespace

std::vector<ComponentOutcome> TraceResults::Outcomes() const {
  std::vector<ComponentOutcome> outcomes;
  outcomes.reserve(components.size());
  for (const ComponentTrace& component : components) outcomes.push_back(OutcomeOf(component));
  return outcomes;
}

const ComponentTrace& TraceResults::Telling() const {
  const auto linked = std::ranges::find_if(components, IsLinked);
  return linked == components.end() ? components.front() : *linked;
}

TraceResults TraceModels(const TraceRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  return TraceInputs(Inputs::Open(request.models, request.opening, context), request, context);
}

bool TraceShareOf(const TraceRequest& request, const TraceShare& share,
                  const RequestContext& context) {
  const HeedStop heed(*context.stop);
  if (request.resume.empty()) {
    throw Error(ErrorKind::kUsage,
                "a share of a trace is kept in a folder that all shares have: name it with "
                "--resume FOLDER");
  }
  if (share.index >= share.count || share.count > kMostShares) {
    throw Error(ErrorKind::kUsage,
                fmt::format("there is no share {} of {}: shares are numbered from 0, and there are "
                            "at most {}",
                            share.index, share.count, kMostShares));
  }
  if (request.options.quick()) {
    throw Error(ErrorKind::kUsage, "a quick trace has nothing to share out");
  }
  Inputs models = Inputs::Open(request.models, request.opening, context);
  TraceStart start = Start(models, request, context, share);
  const bool more =
      ComponentTracer(models, start.tokenizers, start.options, start.state, *context.progress)
          .RunShare();
  models.RequireUnchanged();
  return more;
}

TraceResults TraceInputs(Inputs models, const TraceRequest& request, const RequestContext& context,
                         std::optional<Role> left_out) {
  const HeedStop heed(*context.stop);
  TraceStart start = Start(models, request, context, {});
  start.options.left_out = left_out;
  if (!context.is_planned) context.progress->Plan(StagesOfTrace(models, start.options));
  std::vector<ComponentTrace> components =
      ComponentTracer(models, start.tokenizers, start.options, start.state, *context.progress)
          .Run();
  WholeVerdict verdict = VerdictOf(components);
  // What headers decide is answered from headers.
  if (verdict.category != VerdictCategory::kNotComparable) {
    start.records = models.Describe(DigestPolicy::kAuto, context);
  }
  models.RequireUnchanged();
  start.state.Remove();
  return {.models = std::move(models),
          .opening = request.opening,
          .inputs = std::move(start.records),
          .components = std::move(components),
          .verdict = std::move(verdict),
          .run = RecordOf("trace", context)};
}

}  // namespace modelkin
