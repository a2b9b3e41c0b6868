// What `modelkin tokenizer` found out, for people and for programs.
#ifndef MODELKIN_REPORT_TOKENIZER_REPORT_H_
#define MODELKIN_REPORT_TOKENIZER_REPORT_H_

#include "report/json_output.h"
#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/inspect.h"

namespace modelkin {

void WriteTokenizerText(const TokenizerResults& results, const Screen& screen,
                        const TextSink& sink);

// One JSON object; docs/tokenizer.schema.json describes it.
void WriteTokenizerJson(const TokenizerResults& results, const TextSink& sink,
                        JsonDetail detail = JsonDetail::kWhole);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_TOKENIZER_REPORT_H_
