// In place of page_template.cc, where MODELKIN_PAGE is OFF.
#include "base/build_parts.h"
#include "report/page_template.h"

namespace modelkin {

bool HasPage() { return false; }

std::string_view PageTemplate() {
  throw BuiltWithout("the report's page", "MODELKIN_PAGE", "--format md and --format json work");
}

std::string_view TreePageTemplate() {
  throw BuiltWithout("the tree's page", "MODELKIN_PAGE", "other values of --format work");
}

}  // namespace modelkin
