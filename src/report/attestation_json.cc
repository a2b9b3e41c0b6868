#include "report/attestation_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "attestation/envelope.h"
#include "attestation/model_signature.h"
#include "attestation/statement.h"
#include "report/trace_report.h"
#include "requests/check.h"
#include "requests/recorded_request.h"

namespace modelkin {
namespace {

Json AttestedModelJson(const AttestedModel& model) {
  Json json = {{"name", model.name},
               {"uri", model.uri.empty() ? Json(nullptr) : Json(model.uri)},
               {"commit", model.commit.empty() ? Json(nullptr) : Json(model.commit)},
               {"extent", model.manifest ? Json(ManifestExtentName(model.extent)) : Json(nullptr)},
               {"sha256", model.manifest ? Json(model.manifest->RootDigest()) : Json(nullptr)},
               {"weights", model.weights},
               {"serialization", nullptr},
               {"resources", nullptr}};
  if (model.manifest) json.update(ManifestJson(*model.manifest));
  return json;
}

// The model, and each of its files of weights by itself: what others look for by a file's digest.
Json SubjectsJson(const AttestedModel& model) {
  Json subject = {{"name", model.name}};
  if (!model.uri.empty()) subject["uri"] = model.uri;
  Json digest = Json::object();
  if (model.manifest) digest["sha256"] = model.manifest->RootDigest();
  if (!model.commit.empty()) digest["gitCommit"] = model.commit;
  subject["digest"] = std::move(digest);
  Json subjects = Json::array({std::move(subject)});
  if (!model.manifest) return subjects;
  for (const ManifestItem& item : model.manifest->items) {
    if (std::ranges::find(model.weights, item.Name()) == model.weights.end()) continue;
    subjects.push_back({{"name", item.Name()}, {"digest", {{"sha256", item.sha256}}}});
  }
  return subjects;
}

Json ClaimJson(const AttestResults& results) {
  return {{"text", "B is built on A"},
          {"a", results.a.name},
          {"b", results.b.name},
          {"outcome", ClaimOutcomeName(OutcomeOfClaim(results.trace))}};
}

Json InputsJson(const std::vector<InputRecord>& inputs) {
  Json list = Json::array();
  for (const InputRecord& input : inputs) list.push_back(InputJson(input));
  return list;
}

// Without the arguments: paths of keys and of folders are nobody's business.
Json AttestationRunJson(const TraceResults& trace) {
  Json run = RunJson(trace.run, RecordedRequest(trace));
  run.erase("arguments");
  run["command"] = "attest";
  return run;
}

}  // namespace

Json AttestationPredicate(const AttestResults& results) {
  Json predicate = {{"schema_version", kAttestationSchemaVersion},
                    {"tool", ToolJson()},
                    {"claim", ClaimJson(results)}};
  predicate.update(TraceSummaryJson(results.trace));
  predicate["inputs"] = InputsJson(results.trace.inputs);
  predicate["model"] = AttestedModelJson(results.b);
  predicate["base"] = AttestedModelJson(results.a);
  predicate["run"] = AttestationRunJson(results.trace);
  return predicate;
}

std::string AttestationStatement(const AttestResults& results) {
  std::string text;
  const TextSink sink = [&](std::string_view piece) { text += piece; };
  JsonObjectWriter writer(sink);
  writer.Member("_type", kStatementType);
  writer.Member("predicateType", kAttestationType);
  writer.Member("subject", SubjectsJson(results.b));
  const Json predicate = AttestationPredicate(results);
  writer.WrittenMember("predicate", [&](const TextSink& out) {
    JsonObjectWriter inner(out);
    for (const auto& [name, value] : predicate.items()) inner.Member(name, value);
    inner.End();
  });
  writer.End();
  return text;
}

std::string AttestationText(const AttestResults& results, const PrivateKey* key) {
  std::string statement = AttestationStatement(results);
  if (key == nullptr) return statement;
  std::string signature = key->Sign(PreAuthEncoding(kInTotoPayloadType, statement));
  return EnvelopeText(
      {.payload_type = std::string(kInTotoPayloadType),
       .payload = std::move(statement),
       .signatures = {{.key_id = key->Public().Id(), .bytes = std::move(signature)}}});
}

}  // namespace modelkin
