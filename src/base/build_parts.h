// Parts that a build may leave out, by CMake's options MODELKIN_PAGE, MODELKIN_TEXT_ENCODER and
// MODELKIN_HUB (docs/building.md).
#ifndef MODELKIN_BASE_BUILD_PARTS_H_
#define MODELKIN_BASE_BUILD_PARTS_H_

#include <string>
#include <string_view>

#include "base/error.h"

namespace modelkin {

// Returns the error of asking for a part that this program was built without. `part`: "the hub".
// `option`: "MODELKIN_HUB". `instead`: what does without it, as a sentence, or "".
Error BuiltWithout(std::string_view part, std::string_view option, std::string_view instead);

}  // namespace modelkin

#endif  // MODELKIN_BASE_BUILD_PARTS_H_
