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

bool Holds(ClaimOutcome outcome) {
  return outcome == ClaimOutcome::kSupported || outcome == ClaimOutcome::kRelated;
}

// Of SARIF, version 2.1.0, sections 3.27.9 and 3.27.10: what passes has no level.
std::string_view LevelOf(bool fails, bool holds) {
  if (fails) return "error";
  return holds ? "none" : "warning";
}

Json RuleJson(std::string_view name, std::string_view meaning, std::string_view level) {
  return {{"id", fmt::format("base-model/{}", name)},
          {"shortDescription", {{"text", meaning}}},
          {"defaultConfiguration", {{"level", level}}}};
}

// In the order of kFailOnNames.
Json RulesJson(const CheckPolicy& policy) {
  Json rules = Json::array();
  for (const ClaimOutcome outcome : kOutcomes) {
    const std::string_view name = ClaimOutcomeName(outcome);
    rules.push_back(
        RuleJson(name, MeaningOfOutcome(outcome), LevelOf(policy.Has(name), Holds(outcome))));
  }
  rules.push_back(
      RuleJson(kContradicted, MeaningOfContradicted(), LevelOf(policy.Has(kContradicted), true)));
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
      {"physicalLocation",
       {{"artifactLocation",
         {{"uri", UriOf(claim.claim.source.empty() ? results.model : claim.claim.source)}}}}}};
  const auto failure = FailureOf(claim, policy);
  const std::string_view rule = failure.value_or(ClaimOutcomeName(claim.outcome));
  const bool holds = Holds(claim.outcome);
  return {{"ruleId", fmt::format("base-model/{}", rule)},
          {"ruleIndex", std::ranges::find(kFailOnNames, rule) - kFailOnNames.begin()},
          {"level", LevelOf(failure.has_value(), holds)},
          {"kind", holds && !failure ? "pass" : "fail"},
          {"message",
           {{"text",
             fmt::format("{}: {}. {}{}", ClaimText(claim), OutcomeInWords(claim.outcome).english,
                         SentenceOf(claim, results), ContradictionText(claim))}}},
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
