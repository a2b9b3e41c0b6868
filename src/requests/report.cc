#include "requests/report.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "requests/short_names.h"
#include "requests/stages_ahead.h"

namespace modelkin {
namespace {

ReportNames NamesOf(const ModelPaths& models) {
  std::vector<std::string> paths = {models.a, models.b};
  paths.insert(paths.end(), models.controls.begin(), models.controls.end());
  std::vector<std::string> names = ShortNames(paths);
  ReportNames called{.a = names[0], .b = names[1], .controls = {}};
  called.controls.assign(names.begin() + 2, names.end());
  return called;
}

std::optional<ConfigComparison> ConfigsOf(const OpenedModel& a, const OpenedModel& b) {
  if (a.config() == nullptr || b.config() == nullptr) return std::nullopt;
  const std::vector<std::string> names = {a.path(), b.path()};
  const std::vector<const ModelConfig*> configs = {a.config(), b.config()};
  return CompareConfigs(names, configs);
}

std::optional<TokenizerResults> TokenizersOf(const OpenedModel& a, const OpenedModel& b) {
  auto first = a.tokenizer(), second = b.tokenizer();
  if (first == nullptr || second == nullptr) return std::nullopt;
  return CompareTokenizersOf(std::move(first), std::move(second));
}

// Of all that a report has.
std::vector<PlannedStage> StagesOf(const Inputs& models, const TraceOptions& options) {
  std::vector<PlannedStage> stages = StagesOfTrace(models, options);
  if (options.quick()) return stages;
  std::ranges::move(StagesOfComparison(models.WithoutParents()), std::back_inserter(stages));
  std::ranges::move(StagesOfDiff(models), std::back_inserter(stages));
  return stages;
}

}  // namespace

Report ReportOn(const ReportRequest& request, const RequestContext& calling) {
  RequestContext context = calling;
  context.is_planned = true;
  const HeedStop heed(*context.stop);
  TraceRequest tracing = request.trace;
  if (tracing.options.fingerprints == FingerprintExtent::kNone) {
    tracing.options.fingerprints = FingerprintExtent::kWholeModels;  // a report has all there is
  }
  if (request.texts && tracing.options.quick()) {
    throw Error(ErrorKind::kUsage, "--quick runs no model on texts");
  }
  const Inputs models = Inputs::Open(tracing.models, tracing.opening, context);
  const OpenedModel& a = *models.a().model;
  const OpenedModel& b = *models.b().model;
  context.progress->Plan(StagesOf(models, tracing.options));
  Report report{.names = NamesOf(tracing.models),
                .trace = TraceInputs(models, tracing, context),
                .inspection_a = InspectOpened(a),
                .inspection_b = InspectOpened(b),
                .config = ConfigsOf(a, b),
                .tokenizer = TokenizersOf(a, b),
                .compare = {},
                .diff = {}};
  // A page names the files that it is about, also where headers were enough.
  report.trace.inputs = models.Describe(DigestPolicy::kAuto, context);
  if (tracing.options.quick()) return report;
  CompareOptions comparing;
  comparing.functional = request.texts;
  const Inputs compared = models.WithoutParents();
  report.compare = CompareInputs(compared, tracing.opening, comparing, context);
  report.diff = DiffInputs(compared, tracing.opening,
                           {.pairing = {}, .digest = DigestPolicy::kAuto}, context);
  return report;
}

}  // namespace modelkin
