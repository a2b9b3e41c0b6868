#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "report/check_report.h"
#include "report/json_output.h"
#include "requests/short_names.h"
#include "requests/tool_version.h"
#include "wording/whole_sentence.h"
#include "wording/words.h"

namespace modelkin {
namespace {

constexpr std::string_view kSarifVersion = "2.1.0";
constexpr std::string_view kSarifSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

constexpr std::array kOutcomes = {ClaimOutcome::kSupported,   ClaimOutcome::kRelated,
                                  ClaimOutcome::kPartial,     ClaimOutcome::kReversed,
                                  ClaimOutcome::kUnsupported, ClaimOutcome::kUntestable};

bool Fails(ClaimOutcome outcome, const CheckPolicy& policy) {
  return std::ranges::find(policy.fail_on, ClaimOutcomeName(outcome)) != policy.fail_on.end();
}

bool Passes(ClaimOutcome outcome, const CheckPolicy& policy) {
  const bool holds = outcome == ClaimOutcome::kSupported || outcome == ClaimOutcome::kRelated;
  return holds && !Fails(outcome, policy);
}

// SARIF 2.1.0, sections 3.27.9 and 3.27.10: what passes has no level.
std::string_view LevelOf(ClaimOutcome outcome, const CheckPolicy& policy) {
  if (Passes(outcome, policy)) return "none";
  return Fails(outcome, policy) ? "error" : "warning";
}

std::string RuleId(ClaimOutcome outcome) {
  return fmt::format("base-model/{}", ClaimOutcomeName(outcome));
}

Json RulesJson(const CheckPolicy& policy) {
  Json rules = Json::array();
  for (const ClaimOutcome outcome : kOutcomes) {
    rules.push_back({{"id", RuleId(outcome)},
                     {"shortDescription", {{"text", MeaningOfOutcome(outcome)}}},
                     {"defaultConfiguration", {{"level", LevelOf(outcome, policy)}}}});
  }
  return rules;
}

// Section 3.4.3: a URI, in which what is not plain is percent-encoded.
std::string UriOf(std::string_view path) {
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/:@").find(c) != std::string_view::npos;
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

// By the models' names.
std::string SentenceOf(const CheckedClaim& claim, const CheckResults& results) {
  const std::vector<std::string> names = PrintableNames({claim.base, results.model});
  return PairSentence(claim.pair, {.a = names[0], .b = names[1]});
}

Json ResultJson(const CheckedClaim& claim, std::size_t number, const CheckResults& results,
                const CheckPolicy& policy) {
  const Json place = {
      {"physicalLocation", {{"artifactLocation", {{"uri", UriOf(claim.claim.source.empty() ? results.model : claim.claim.source)}}}}}};
  return {
      {"ruleId", RuleId(claim.outcome)},
      {"ruleIndex", static_cast<std::size_t>(claim.outcome)},
      {"level", LevelOf(claim.outcome, policy)},
      {"kind", Passes(claim.outcome, policy) ? "pass" : "fail"},
      {"message",
       {{"text", fmt::format("{}: {}. {}", ClaimText(claim), OutcomeInWords(claim.outcome).english,
                             SentenceOf(claim, results))}}},
      {"locations", Json::array({place})},
      {"partialFingerprints", {{"claim/v1", fmt::format("{} {}", number, ClaimText(claim))}}}};
}

}  // namespace

void WriteCheckSarif(const CheckResults& results, const CheckPolicy& policy, const TextSink& sink) {
  Json list = Json::array();
  for (std::size_t i = 0; i < results.claims.size(); ++i) {
    list.push_back(ResultJson(results.claims[i], i + 1, results, policy));
  }
  const Json run = {
      {"tool",
       {{"driver",
         {{"name", "modelkin"}, {"version", kToolVersion}, {"rules", RulesJson(policy)}}}}},
      {"invocations", Json::array({{{"executionSuccessful", true}}})},
      {"columnKind", "utf16CodeUnits"},
      {"results", std::move(list)}};
  JsonObjectWriter writer(sink);
  writer.Member("$schema", kSarifSchema);
  writer.Member("version", kSarifVersion);
  writer.Member("runs", Json::array({run}));
  writer.End();
}

}  // namespace modelkin
