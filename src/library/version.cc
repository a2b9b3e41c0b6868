#include "modelkin/version.h"

namespace modelkin {

std::string_view LibraryVersion() { return MODELKIN_VERSION; }

}  // namespace modelkin
