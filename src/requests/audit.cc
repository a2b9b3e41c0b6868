#include "requests/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "lineage/trace_state.h"
#include "requests/audit_state.h"
#include "requests/inputs.h"
#include "requests/tool_version.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {
namespace {

constexpr std::chrono::seconds kAlways{0};

// Shows stages as of one reference of many: what a trace has parts of is none of the whole.
class ReferenceProgress final : public Progress {
 public:
  explicit ReferenceProgress(std::shared_ptr<Progress> shown) : shown_(std::move(shown)) {}

  void Begin(const std::string& stage, std::uint64_t total_bytes) override {
    shown_->Begin(stage, total_bytes);
  }
  void BeginCount(const std::string& stage, std::uint64_t total,
                  const std::string& things) override {
    shown_->BeginCount(stage, total, things);
  }
  void Plan(const std::vector<PlannedStage>& stages) override { shown_->Plan(stages); }
  void Revise(const std::string& stage, double factor) override { shown_->Revise(stage, factor); }
  void BeginPart(const std::string&, std::uint64_t, std::uint64_t) override {}
  void Advance(std::uint64_t done) override { shown_->Advance(done); }

 private:
  std::shared_ptr<Progress> shown_;
};

std::string TokenizerVersion(const OpenedModel& model) {
  const auto tokenizer = model.tokenizer();
  return tokenizer ? fmt::format("{} {}\n", tokenizer->file, tokenizer->version) : "";
}

class Auditor {
 public:
  Auditor(const AuditRequest& request, const RequestContext& context, const TraceListener& listener)
      : request_(request),
        context_(context),
        of_reference_(context),
        listener_(listener),
        fixed_(
            Inputs::OpenBesideMany(request.candidate, request.controls, request.opening, context)) {
    of_reference_.progress = std::make_shared<ReferenceProgress>(context.progress);
    fixed_records_ = fixed_.Describe(DigestPolicy::kAuto, of_reference_);
    if (!request_.resume.empty()) {
      state_ = TraceState(Folder("answers"), WhatAnswersDependOn(), kAlways);
    }
  }

  AuditResults Run() {
    AuditResults results{.opening = request_.opening,
                         .options = request_.options,
                         .candidate = fixed_records_.front(),
                         .controls = {fixed_records_.begin() + 1, fixed_records_.end()},
                         .models = {},
                         .run = RecordOf("audit", context_)};
    for (std::size_t i = 0; i < request_.references.size(); ++i) {
      results.models.push_back(Audited(i + 1, request_.references[i]));
    }
    fixed_.RequireUnchanged();
    RemoveState();
    return results;
  }

 private:
  std::string Folder(const char* part) const {
    return (std::filesystem::path(request_.resume) / part).string();
  }

  std::string WhatAnswersDependOn() const {
    const TraceOptions& options = request_.options;
    std::string text = fmt::format(
        "modelkin {} audit effort {} {} {} seed {} draws {} heritage {} of {}\n{}", kToolVersion,
        static_cast<int>(options.effort), options.most_rows, options.most_units, options.seed,
        options.draws, static_cast<int>(options.heritage), options.comparisons,
        fixed_.Versions(fixed_records_) + TokenizerVersion(*fixed_.all().front().model));
    for (const std::string& reference : request_.references) text += reference + "\n";
    return text;
  }

  AuditedModel Audited(std::size_t number, const std::string& path) {
    const InputId id{.role = InputRole::kReference, .number = static_cast<std::uint32_t>(number)};
    AuditedModel audited{
        .input = {.id = id, .path = path, .resolved = path}, .failure = {}, .pair = {}};
    std::string versions;
    std::optional<TraceResults> trace;
    try {
      const Inputs models = fixed_.WithA(OpenModel(path, request_.opening, context_.places));
      context_.progress->BeginPart(models.ShortNames(), number, request_.references.size());
      versions = Describe(number, models, audited);
      audited.pair = Kept(number, versions);
      if (!audited.pair) trace = Trace(models);
    } catch (const Error& error) {
      // What is the matter with the candidate is the matter with the audit.
      fixed_.RequireUnchanged();
      audited.failure = error.what();
    }
    if (trace) {
      audited.pair = Summarise(*trace);
      if (listener_) listener_(number, *trace);
      Keep(number, versions, *audited.pair);
    }
    return audited;
  }

  // Returns what the answer depends on of the reference.
  std::string Describe(std::size_t number, const Inputs& models, AuditedModel& audited) const {
    const Inputs alone = Inputs::OfReference(models.a().model, static_cast<std::uint32_t>(number));
    std::vector<InputRecord> records = alone.Describe(DigestPolicy::kAuto, of_reference_);
    audited.input = records.front();
    return alone.Versions(records) + TokenizerVersion(*models.a().model);
  }

  TraceResults Trace(const Inputs& models) const {
    const TraceRequest request{.models = {},
                               .opening = request_.opening,
                               .options = request_.options,
                               .resume = request_.resume.empty() ? "" : Folder("trace")};
    return TraceInputs(models, request, of_reference_);
  }

  static std::string ItemOf(std::size_t number) { return fmt::format("model-{}", number); }

  std::optional<PairSummary> Kept(std::size_t number, const std::string& versions) {
    std::optional<PairSummary> kept;
    if (!state_.keeps()) return kept;
    StateItem{.state = &state_, .name = ItemOf(number)}.Restore([&](const nlohmann::json& item) {
      if (item.at("versions") == versions) kept = ReadKeptSummary(item.at("summary"));
    });
    return kept;
  }

  void Keep(std::size_t number, const std::string& versions, const PairSummary& pair) {
    if (!state_.keeps()) return;
    state_.Save(ItemOf(number), {{"versions", versions}, {"summary", KeptSummary(pair)}});
  }

  void RemoveState() const {
    if (!state_.keeps()) return;
    state_.Remove();
    std::error_code ignored;
    std::filesystem::remove(request_.resume, ignored);  // if nothing else is in it
  }

  const AuditRequest& request_;
  const RequestContext& context_;
  RequestContext of_reference_;
  const TraceListener& listener_;
  Inputs fixed_;  // the candidate and controls
  std::vector<InputRecord> fixed_records_;
  TraceState state_;
};

}  // namespace

AuditOutcome AuditedModel::outcome() const {
  if (!pair || pair->whole.category == VerdictCategory::kNotComparable) {
    return AuditOutcome::kUntestable;
  }
  if (pair->is_related()) return AuditOutcome::kFound;
  return pair->mostly_unread ? AuditOutcome::kUntestable : AuditOutcome::kNothingFound;
}

std::optional<double> AuditedModel::smallest_share() const {
  if (outcome() != AuditOutcome::kNothingFound) return std::nullopt;
  std::optional<double> largest;
  for (const ComponentOutcome& component : pair->components) {
    if (component.category != VerdictCategory::kNoEvidence) continue;
    const auto share = component.power ? component.power->smallest() : std::nullopt;
    // What was not read may hold any share.
    if (!share || !component.unread.empty()) return std::nullopt;
    largest = std::max(largest.value_or(0), *share);
  }
  return largest;
}

std::size_t AuditResults::Count(AuditOutcome outcome) const {
  return static_cast<std::size_t>(std::ranges::count(models, outcome, &AuditedModel::outcome));
}

AuditOutcome AuditResults::outcome() const {
  for (const AuditOutcome outcome : {AuditOutcome::kFound, AuditOutcome::kNothingFound}) {
    if (Count(outcome) > 0) return outcome;
  }
  return AuditOutcome::kUntestable;
}

std::optional<double> AuditResults::smallest_share() const {
  std::optional<double> largest;
  for (const AuditedModel& model : models) {
    if (model.outcome() != AuditOutcome::kNothingFound) continue;
    const auto share = model.smallest_share();
    if (!share) return std::nullopt;
    largest = std::max(largest.value_or(0), *share);
  }
  return largest;
}

std::vector<InputRecord> InputsOf(const AuditResults& results) {
  std::vector<InputRecord> inputs = {results.candidate};
  inputs.insert(inputs.end(), results.controls.begin(), results.controls.end());
  for (const AuditedModel& model : results.models) inputs.push_back(model.input);
  return inputs;
}

AuditResults AuditModel(const AuditRequest& request, const RequestContext& context,
                        const TraceListener& listener) {
  const HeedStop heed(*context.stop);
  if (request.references.empty()) {
    throw Error(ErrorKind::kUsage,
                "an audit needs at least one model to hold the candidate against");
  }
  AuditRequest corrected = request;
  corrected.options.comparisons = request.references.size();
  return Auditor(corrected, context, listener).Run();
}

}  // namespace modelkin
