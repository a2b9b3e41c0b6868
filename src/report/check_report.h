// What `modelkin check` says of claims, as JSON and as text.
#ifndef MODELKIN_REPORT_CHECK_REPORT_H_
#define MODELKIN_REPORT_CHECK_REPORT_H_

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/check.h"
#include "wording/language.h"

namespace modelkin {

inline constexpr std::string_view kCheckSchemaVersion = "1.4";

// What a check may fail on beside outcomes: the source says how the model was made (fine-tuned,
// quantized), and that is not what was found.
inline constexpr std::string_view kContradicted = "contradicted";

// All that a check may fail on: outcomes, in their order, and kContradicted.
inline constexpr auto kFailOnNames = [] {
  std::array<std::string_view, kClaimOutcomeNames.size() + 1> names{};
  std::ranges::copy(kClaimOutcomeNames, names.begin());
  names.back() = kContradicted;
  return names;
}();

// What the caller makes of outcomes.
struct CheckPolicy {
  std::vector<std::string> fail_on;  // of kFailOnNames
  bool failed = false;               // one of them occurred

  bool Has(std::string_view name) const {
    return std::ranges::find(fail_on, name) != fail_on.end();
  }
};

// Returns that of `policy` which the claim fails on: its outcome, else kContradicted; nullopt where
// it does not fail.
std::optional<std::string_view> FailureOf(const CheckedClaim& claim, const CheckPolicy& policy);

// Returns what `fail_on` comes to for these results.
CheckPolicy PolicyOn(const CheckResults& results, std::vector<std::string> fail_on);

void WriteCheckJson(const CheckResults& results, const CheckPolicy& policy, const TextSink& sink);
// SARIF of OASIS, version 2.1.0, for code scanning: a result for each claim, an error where it
// fails.
void WriteCheckSarif(const CheckResults& results, const CheckPolicy& policy, const TextSink& sink);
// XML as JUnit's readers take it: a test for each claim.
void WriteCheckJunit(const CheckResults& results, const CheckPolicy& policy, const TextSink& sink);
// Begins with what was claimed and what comes of it; the screen's details add sentences and signs.
void WriteCheckText(const CheckResults& results, const CheckPolicy& policy, const Screen& screen,
                    const TextSink& sink);

// "base_model=PATH"
std::string ClaimText(const CheckedClaim& claim);
// Returns " It is declared as quantized, and that was not found."; "" where nothing contradicts it.
std::string ContradictionText(const CheckedClaim& claim);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_CHECK_REPORT_H_
