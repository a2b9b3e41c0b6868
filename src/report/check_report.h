// What `modelkin check` says of claims, as JSON and as text.
#ifndef MODELKIN_REPORT_CHECK_REPORT_H_
#define MODELKIN_REPORT_CHECK_REPORT_H_

#include <string>
#include <string_view>
#include <vector>

#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/check.h"
#include "wording/language.h"

namespace modelkin {

inline constexpr std::string_view kCheckSchemaVersion = "1.3";

// What the caller makes of outcomes.
struct CheckPolicy {
  std::vector<std::string> fail_on;  // names of outcomes
  bool failed = false;               // one of them occurred
};

// Returns what `fail_on` comes to for these results.
CheckPolicy PolicyOn(const CheckResults& results, std::vector<std::string> fail_on);

void WriteCheckJson(const CheckResults& results, const CheckPolicy& policy, const TextSink& sink);
// SARIF 2.1.0 (OASIS), for code scanning: a result for each claim, an error where it fails.
void WriteCheckSarif(const CheckResults& results, const CheckPolicy& policy, const TextSink& sink);
// XML as JUnit's readers take it: a test for each claim.
void WriteCheckJunit(const CheckResults& results, const CheckPolicy& policy, const TextSink& sink);
// Begins with what was claimed and what comes of it; the screen's details add sentences and signs.
void WriteCheckText(const CheckResults& results, const CheckPolicy& policy, const Screen& screen,
                    const TextSink& sink);

// "base_model=PATH"
std::string ClaimText(const CheckedClaim& claim);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_CHECK_REPORT_H_
