// One line a tensor pair, for spreadsheets and data frames.
#ifndef MODELKIN_REPORT_COMPARE_CSV_H_
#define MODELKIN_REPORT_COMPARE_CSV_H_

#include "report/text_sink.h"
#include "requests/compare.h"

namespace modelkin {

// RFC 4180 with "\n" line ends. Columns: input_a, input_b, a, b, role, layer, layer_b, expert,
// comparable, dtype_a, dtype_b, shape_a, shape_b, elements, the pair metrics, then each side's.
// Undefined metrics are empty fields.
void WriteCompareCsv(const CompareResults& results, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_COMPARE_CSV_H_
