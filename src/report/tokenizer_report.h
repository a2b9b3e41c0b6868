// What `modelkin tokenizer` found out, for people and for programs.
#ifndef MODELKIN_REPORT_TOKENIZER_REPORT_H_
#define MODELKIN_REPORT_TOKENIZER_REPORT_H_

#include "report/text_sink.h"
#include "tokenizer/tokenizer_comparison.h"

namespace modelkin {

struct TokenizerResults {
  Tokenizer a, b;
  TokenizerComparison comparison;
};

void WriteTokenizerText(const TokenizerResults& results, bool colour, const TextSink& sink);

// One JSON object; docs/tokenizer.schema.json describes it.
void WriteTokenizerJson(const TokenizerResults& results, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_TOKENIZER_REPORT_H_
