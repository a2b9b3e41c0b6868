// What `modelkin audit` found, as JSON, as text and as a page.
#ifndef MODELKIN_REPORT_AUDIT_REPORT_H_
#define MODELKIN_REPORT_AUDIT_REPORT_H_

#include <string_view>

#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/audit.h"

namespace modelkin {

// Of docs/audit.schema.json.
inline constexpr std::string_view kAuditSchemaVersion = "1.0";

void WriteAuditJson(const AuditResults& results, const TextSink& sink);
// Begins with the answer, then what was found and what could not be tested; the screen's details
// add each model that nothing was found of.
void WriteAuditText(const AuditResults& results, const Screen& screen, const TextSink& sink);
// A page without scripts, in English and Korean.
void WriteAuditPage(const AuditResults& results, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_AUDIT_REPORT_H_
