#include <fmt/format.h>

#include <string>

#include "base/error.h"
#include "report/filled_page.h"
#include "report/page_template.h"
#include "report/tree_report.h"

namespace modelkin {

void WriteTreePage(const TreeResults& results, const TextSink& sink) {
  const std::size_t models = results.tree.models.size();
  if (models > kMostModelsOnPage) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("{} models are more than the {} that a page shows: ask for the group of "
                    "one, or for another form",
                    models, kMostModelsOnPage));
  }
  std::string data;
  WriteTreeJson(
      results, [&](std::string_view piece) { data += piece; }, JsonDetail::kPage);
  WriteFilledPage(TreePageTemplate(), data, sink);
}

}  // namespace modelkin
