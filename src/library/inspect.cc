#include "modelkin/inspect.h"

#include <utility>

#include "library/written.h"
#include "report/inspect_report.h"

namespace modelkin {

InspectionReport::InspectionReport(std::shared_ptr<const Inspection> inspection)
    : inspection_(std::move(inspection)) {}

std::string InspectionReport::Family() const {
  return inspection_->family == nullptr ? "" : std::string(inspection_->family->name);
}

std::optional<std::uint64_t> InspectionReport::Parameters() const {
  if (!inspection_->counted()) return std::nullopt;
  return inspection_->parameters.total;
}

std::optional<std::uint64_t> InspectionReport::ActiveParameters() const {
  return inspection_->active;
}

std::vector<InspectionFinding> InspectionReport::Findings() const {
  std::vector<InspectionFinding> findings;
  for (const Finding& finding : inspection_->findings) {
    findings.push_back(
        {.kind = std::string(FindingKindName(finding.kind)), .message = finding.message.english});
  }
  return findings;
}

std::string InspectionReport::Json() const {
  return Written([&](const TextSink& sink) { WriteInspectJson(*inspection_, sink); });
}

std::string InspectionReport::Text() const {
  return Written([&](const TextSink& sink) { WriteInspectText(*inspection_, {}, sink); });
}

}  // namespace modelkin
