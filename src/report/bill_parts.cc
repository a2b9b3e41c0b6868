#include "report/bill_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <span>

#include "report/bill_writers.h"
#include "requests/tool_version.h"
#include "source/sha256.h"
#include "wording/verdict_sentence.h"
#include "wording/whole_sentence.h"

namespace modelkin {
namespace {

std::string_view StatusOf(const BillOfMaterials& bill) {
  if (bill.basis == LineageBasis::kDeclared) return "declared";
  switch (bill.outcome) {
    case ClaimOutcome::kSupported: return "verified";
    case ClaimOutcome::kRelated: return "related";
    case ClaimOutcome::kPartial: return "partial";
    case ClaimOutcome::kReversed: return "reversed";
    case ClaimOutcome::kUnsupported:
    case ClaimOutcome::kUntestable: break;
  }
  return "declared";
}

void AddStrongest(const TraceResults& trace, BillFacts& facts) {
  const Trace& telling = *trace.Telling().trace;
  if (!telling.verdict.strongest) return;
  for (const TestResult& test : telling.tests) {
    if (test.key != *telling.verdict.strongest) continue;
    facts.emplace_back("modelkin:lineage:test", TestName(test.key));
    facts.emplace_back("modelkin:lineage:test:log10-p-adjusted",
                       fmt::format("{:.6g}", test.log_p_adjusted / std::log(10.0)));
    facts.emplace_back("modelkin:lineage:test:effect", fmt::format("{:.6g}", test.effect));
  }
}

void AddKinds(const TraceResults& trace, BillFacts& facts) {
  const auto add = [&](const Kind& kind) {
    facts.emplace_back("modelkin:lineage:kind", DerivationKindName(kind.kind));
  };
  for (const Kind& kind : trace.verdict.kinds) add(kind);
  const auto& kinship = trace.Telling().kinship;
  if (!kinship || !kinship->relation) return;
  for (const Kind& kind : kinship->relation->kinds) add(kind);
  facts.emplace_back("modelkin:lineage:direction", DirectionName(kinship->relation->direction));
}

void AddDeclared(const BillOfMaterials& bill, BillFacts& facts) {
  if (!bill.declared.relation.empty()) {
    facts.emplace_back(kRelationFact, bill.declared.relation);
  }
}

}  // namespace

LineagePlace PlaceOfBase(const BillOfMaterials& bill) {
  if (!bill.basis) return LineagePlace::kNowhere;
  if (bill.outcome == ClaimOutcome::kReversed) return LineagePlace::kDescendant;
  const bool is_ancestor =
      bill.outcome == ClaimOutcome::kSupported || bill.basis != LineageBasis::kWeights;
  return is_ancestor ? LineagePlace::kAncestor : LineagePlace::kVariant;
}

BillFacts FactsOfBase(const BillOfMaterials& bill) {
  const TraceResults& trace = bill.attested.trace;
  BillFacts facts = {
      {"modelkin:lineage", std::string(StatusOf(bill))},
      {"modelkin:lineage:basis",
       std::string(LineageBasisName(bill.basis.value_or(LineageBasis::kWeights)))},
      {"modelkin:lineage:outcome", std::string(ClaimOutcomeName(bill.outcome))},
      {"modelkin:lineage:verdict", std::string(VerdictName(trace.verdict.category))}};
  if (!bill.declared_as.empty()) AddDeclared(bill, facts);
  AddKinds(trace, facts);
  AddStrongest(trace, facts);
  facts.emplace_back("modelkin:lineage:seed", fmt::format("{}", trace.options().seed));
  facts.emplace_back("modelkin:lineage:effort",
                     kEffortNames[static_cast<std::size_t>(trace.options().effort)]);
  facts.emplace_back("modelkin:version", kToolVersion);
  return facts;
}

BillFacts FactsOfDeclared(const BillOfMaterials& bill) {
  BillFacts facts = {
      {"modelkin:lineage", "declared"},
      {"modelkin:lineage:basis", std::string(LineageBasisName(LineageBasis::kDeclared))}};
  AddDeclared(bill, facts);
  return facts;
}

std::string LineageNote(const BillOfMaterials& bill) {
  const std::string a = bill.attested.a.name, b = bill.attested.b.name;
  std::string note = fmt::format("A is {}, B is {}. {}", a, b, WholeSentence(bill.attested.trace));
  for (const std::string& limit : WholeLimitTexts(bill.attested.trace)) note += " " + limit;
  return note;
}

std::pair<std::string, std::string> GroupAndName(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || name.find('/', slash + 1) != name.npos) {
    return {"", name};
  }
  return {name.substr(0, slash), name.substr(slash + 1)};
}

std::string PackageUrl(const std::string& address) {
  constexpr std::string_view kHub = "hf://";
  if (!address.starts_with(kHub)) return "";
  const std::string rest = address.substr(kHub.size());
  const std::size_t at = rest.find('@'), org = rest.find('/');
  if (org == std::string::npos) return "";
  const std::string name = rest.substr(0, std::min(at, rest.find('/', org + 1)));
  const std::string revision =
      at == std::string::npos ? "" : rest.substr(at, rest.find('/', at) - at);
  return fmt::format("pkg:huggingface/{}{}", name, revision);
}

std::string UuidOf(std::string_view text) {
  Sha256 digest;
  digest.Update(std::as_bytes(std::span(text)));
  const std::string hex = digest.HexDigest();
  constexpr std::string_view kVariants = "89ab";
  const std::size_t variant = static_cast<std::size_t>(hex[16]) % kVariants.size();
  return fmt::format("{}-{}-8{}-{}{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3),
                     kVariants[variant], hex.substr(17, 3), hex.substr(20, 12));
}

}  // namespace modelkin
