#include "report/verification.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "report/audit_report.h"
#include "report/compare_json.h"
#include "report/diff_report.h"
#include "report/dynamics_report.h"
#include "report/trace_report.h"
#include "requests/recorded_request.h"
#include "source/json_document.h"
#include "source/mapped_file.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kLargestResults = std::uint64_t{256} << 20;

std::string JsonOf(const std::function<void(const TextSink&)>& write) {
  std::string text;
  write([&](std::string_view piece) { text += piece; });
  return text;
}

// The results of a request, written nowhere.
class Recomputation {
 public:
  explicit Recomputation(const RequestContext& context) : context_(context) {}

  std::string operator()(const CompareRequest& request) const {
    const CompareResults results = CompareModels(request, context_);
    return JsonOf([&](const TextSink& sink) { WriteCompareJson(results, sink); });
  }

  std::string operator()(const TraceRequest& request) const {
    const TraceResults results = TraceModels(request, context_);
    return JsonOf([&](const TextSink& sink) { WriteTraceJson(results, sink); });
  }

  std::string operator()(const SeriesRequest& request) const {
    const DynamicsResults results = FollowSeries(request, context_);
    return JsonOf([&](const TextSink& sink) { WriteDynamicsJson(results, sink); });
  }

  std::string operator()(const AuditRequest& request) const {
    const AuditResults results = AuditModel(request, context_);
    return JsonOf([&](const TextSink& sink) { WriteAuditJson(results, sink); });
  }

  std::string operator()(const DiffRequest& request) const {
    const DiffResults results = DiffModels(request, context_);
    return JsonOf([&](const TextSink& sink) { WriteDiffJson(results, sink); });
  }

 private:
  const RequestContext& context_;
};

}  // namespace

nlohmann::json ReadResults(const std::string& file) {
  return ReadJsonObject(*MapFile(file), kLargestResults);
}

JsonDifferences VerifyResults(const std::string& file, const nlohmann::json& recorded,
                              std::map<std::string, std::string> inputs,
                              const RequestContext& context) {
  const AnyRequest request = ReadRequest(file, recorded, std::move(inputs));
  return CompareResultsJson(recorded,
                            nlohmann::json::parse(std::visit(Recomputation(context), request)));
}

}  // namespace modelkin
