#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/escaped_text.h"
#include "base/own_output.h"
#include "report/check_report.h"
#include "requests/short_names.h"
#include "wording/whole_sentence.h"
#include "wording/words.h"

namespace modelkin {
namespace {

// HtmlText escapes what XML does, and leaves no control that XML forbids.
std::string Attribute(std::string_view name, std::string_view value) {
  return fmt::format(" {}=\"{}\"", name, HtmlText(value));
}

std::string CaseXml(const CheckedClaim& claim, const std::string& model,
                    std::optional<std::string_view> failure) {
  std::string xml = fmt::format("    <testcase{}{}>\n", Attribute("classname", "modelkin.check"),
                                Attribute("name", ClaimText(claim)));
  const std::vector<std::string> names = PrintableNames({claim.base, model});
  const std::string sentence =
      PairSentence(claim.pair, {.a = names[0], .b = names[1]}) + ContradictionText(claim);
  if (failure) {
    xml += fmt::format(
        "      <failure{}{}>{}</failure>\n", Attribute("type", *failure),
        Attribute("message", *failure == kContradicted ? MeaningOfContradicted()
                                                       : OutcomeInWords(claim.outcome).english),
        HtmlText(sentence));
  } else {
    xml += fmt::format("      <system-out>{}: {}</system-out>\n", ClaimOutcomeName(claim.outcome),
                       HtmlText(sentence));
  }
  return xml + "    </testcase>\n";
}

}  // namespace

void WriteCheckJunit(const CheckResults& results, const CheckPolicy& policy, const TextSink& sink) {
  std::string cases;
  std::size_t failures = 0;
  for (const CheckedClaim& claim : results.claims) {
    const auto failure = FailureOf(claim, policy);
    failures += failure ? 1 : 0;
    cases += CaseXml(claim, results.model, failure);
  }
  const std::string counts =
      fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"0\"", results.claims.size(), failures);
  // XML without a declaration is 1.0 in UTF-8.
  sink(fmt::format("{0}<testsuites{1}>\n  <testsuite{2}{1}>\n", kMarkdownMark, counts,
                   Attribute("name", fmt::format("modelkin check {}", results.model))));
  sink(cases);
  sink("  </testsuite>\n</testsuites>\n");
}

}  // namespace modelkin
