// A page of web/ with its data in it.
#ifndef MODELKIN_REPORT_FILLED_PAGE_H_
#define MODELKIN_REPORT_FILLED_PAGE_H_

#include <string_view>

#include "report/text_sink.h"

namespace modelkin {

// Writes `page`, which holds "__MODELKIN_DATA__" once, with base64 of gzip of `data` there. Throws
// Error(kIo) where that is more than a page can hold.
void WriteFilledPage(std::string_view page, std::string_view data, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_FILLED_PAGE_H_
