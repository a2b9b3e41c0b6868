// The answer and the words of the page, in each language.
#ifndef MODELKIN_REPORT_ANSWER_JSON_H_
#define MODELKIN_REPORT_ANSWER_JSON_H_

#include "report/json_output.h"
#include "wording/answer.h"

namespace modelkin {

// Returns {"en": {...}, "ko": {...}} of what a trace comes to: web/src/data.ts, Answer.
Json AnswersJson(const TraceResults& results);

// Returns {"en": {"test": {"hidden_order": "neurons in the same place"}, ...}, "ko": {...}}: what
// identifiers are called.
Json WordsJson();

}  // namespace modelkin

#endif  // MODELKIN_REPORT_ANSWER_JSON_H_
