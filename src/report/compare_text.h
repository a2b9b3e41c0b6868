// What `modelkin compare` prints for a person.
#ifndef MODELKIN_REPORT_COMPARE_TEXT_H_
#define MODELKIN_REPORT_COMPARE_TEXT_H_

#include <string>

#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/compare.h"

namespace modelkin {

struct CompareTextOptions {
  Screen screen = {};
  bool by_layer = false;  // a table by layer after the one by role
};

// What was compared and how much of it is the same, what was not, and medians by role beside those
// of reference models, within the screen's width; or all of it, where the screen takes details.
void WriteCompareText(const CompareResults& results, const CompareTextOptions& options,
                      const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_COMPARE_TEXT_H_
