// A page of web/ with its data in it.
#ifndef MODELKIN_REPORT_FILLED_PAGE_H_
#define MODELKIN_REPORT_FILLED_PAGE_H_

#include <initializer_list>
#include <string_view>

#include "report/text_sink.h"

namespace modelkin {

// What stands in a page where `place` does.
struct PageFilling {
  std::string_view place;
  std::string_view html;
};

// Writes `page`, which holds "__MODELKIN_DATA__" once, with base64 of gzip of `data` there, and
// before it each of `fillings`, in their order. Throws Error(kIo) where the data are more than a
// page can hold.
void WriteFilledPage(std::string_view page, std::string_view data, const TextSink& sink,
                     std::initializer_list<PageFilling> fillings = {});

}  // namespace modelkin

#endif  // MODELKIN_REPORT_FILLED_PAGE_H_
