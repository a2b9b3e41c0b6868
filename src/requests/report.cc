#include "requests/report.h"

#include <filesystem>
#include <utility>

#include "base/error.h"

namespace modelkin {
namespace {

// What is left of a path or address: the model's own name.
std::string ShortName(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  if (name.empty()) name = std::filesystem::path(path).parent_path().filename().string();
  return name.empty() ? path : name;
}

ReportNames NamesOf(const ModelPaths& models) {
  ReportNames names{.a = ShortName(models.a), .b = ShortName(models.b), .controls = {}};
  for (const std::string& control : models.controls) names.controls.push_back(ShortName(control));
  return names;
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
