#include "base/build_parts.h"

#include <fmt/format.h>

namespace modelkin {

Error BuiltWithout(std::string_view part, std::string_view option, std::string_view instead) {
  return {ErrorKind::kUsage, fmt::format("this program was built without {} (-D{}=OFF){}{}", part,
                                         option, instead.empty() ? "" : ": ", instead)};
}

}  // namespace modelkin
