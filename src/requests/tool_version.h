// Which modelkin this is.
#ifndef MODELKIN_REQUESTS_TOOL_VERSION_H_
#define MODELKIN_REQUESTS_TOOL_VERSION_H_

#include <string_view>

namespace modelkin {

inline constexpr std::string_view kToolVersion = MODELKIN_VERSION;

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_TOOL_VERSION_H_
