// What `modelkin compare` prints for a person.
#ifndef MODELKIN_REPORT_COMPARE_TEXT_H_
#define MODELKIN_REPORT_COMPARE_TEXT_H_

#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/compare.h"

namespace modelkin {

struct CompareTextOptions {
  Screen screen = {};
  bool by_layer = false;  // a table by layer after the one by role
};

// What was compared and what could not be, then medians by role, each cosine beside its shuffled
// one and the pair beside its controls.
void WriteCompareText(const CompareResults& results, const CompareTextOptions& options,
                      const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_COMPARE_TEXT_H_
