// What `modelkin explain` prints.
#ifndef MODELKIN_REPORT_EXPLAIN_REPORT_H_
#define MODELKIN_REPORT_EXPLAIN_REPORT_H_

#include <string>
#include <string_view>

#include "report/screen.h"
#include "report/text_sink.h"
#include "report/text_table.h"
#include "requests/explain.h"

namespace modelkin {

// Of docs/explain.schema.json.
inline constexpr std::string_view kExplainSchemaVersion = "1.1";

void WriteExplainJson(const ExplainResults& results, const TextSink& sink);
void WriteExplainText(const ExplainResults& results, const Screen& screen, const TextSink& sink);

// The part of the text that is about the model and not about a token: formula, numbers, tensors.
std::string ExplainFactsText(const Explanation& explanation, const TextStyle& style);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_EXPLAIN_REPORT_H_
