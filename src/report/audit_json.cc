#include <cmath>
#include <string>
#include <vector>

#include "report/audit_report.h"
#include "report/json_output.h"
#include "report/pair_summary_json.h"
#include "requests/recorded_request.h"
#include "wording/audit_answer.h"

namespace modelkin {
namespace {

// The most significant of the strong tests; null where none is.
Json StrongestJson(const PairSummary& pair) {
  if (!pair.verdict.strongest) return nullptr;
  for (const TestResult& test : pair.tests) {
    if (test.key != *pair.verdict.strongest) continue;
    return {{"test", TestName(test.key)},
            {"log10_p_adjusted", Number(test.log_p_adjusted / std::log(10.0))},
            {"effect", Number(test.effect)}};
  }
  return nullptr;
}

Json AuditedModelJson(const AuditedModel& model) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
  };
  Json object = {{"id", model.input.id.Name()},
                 {"outcome", AuditOutcomeName(model.outcome())},
                 {"failure", or_null(model.failure)},
                 {"smallest_share", OrNull(model.smallest_share())}};
  if (!model.pair) {
    object["trace"] = nullptr;
    return object;
  }
  Json trace = Json::object();
  AddPairSummary(*model.pair, trace);
  const auto& shared = model.pair->whole.shared;
  trace["shared"] = shared ? Json(SharedMaterialName(*shared)) : Json(nullptr);
  trace["shares_of"] = ComponentName(model.pair->component);
  trace["shares"] = NamedFieldsJson(model.pair->verdict.shares);
  trace["strongest"] = StrongestJson(*model.pair);
  object["trace"] = std::move(trace);
  return object;
}

}  // namespace

void WriteAuditJson(const AuditResults& results, const TextSink& sink) {
  const AuditAnswer answer = AnswerOfAudit(results, Language::kEnglish);
  Json inputs = Json::array(), models = Json::array();
  for (const InputRecord& input : InputsOf(results)) inputs.push_back(InputJson(input));
  for (const AuditedModel& model : results.models) models.push_back(AuditedModelJson(model));
  JsonObjectWriter writer(sink);
  writer.Member("schema_version", kAuditSchemaVersion);
  writer.Member("tool", ToolJson());
  writer.Member("inputs", inputs);
  writer.Member("outcome", AuditOutcomeName(results.outcome()));
  writer.Member("sentence", answer.quote);
  for (const AuditOutcome outcome :
       {AuditOutcome::kFound, AuditOutcome::kNothingFound, AuditOutcome::kUntestable}) {
    writer.Member(AuditOutcomeName(outcome), results.Count(outcome));
  }
  writer.Member("smallest_share", OrNull(results.smallest_share()));
  writer.Member("models", models);
  writer.Member("run", RunJson(results.run, RecordedRequest(results)));
  writer.End();
}

}  // namespace modelkin
