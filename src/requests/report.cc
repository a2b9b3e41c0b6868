#include "requests/report.h"

#include <utility>

#include "base/error.h"
#include "requests/short_names.h"

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

}  // namespace

Report ReportOn(const ReportRequest& request, const RequestContext& context) {
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
  Report report{.names = NamesOf(tracing.models),
                .trace = TraceInputs(models, tracing, context),
                .inspection_a = InspectOpened(a),
                .inspection_b = InspectOpened(b),
                .config = ConfigsOf(a, b),
                .tokenizer = TokenizersOf(a, b),
                .compare = {},
                .diff = {}};
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
