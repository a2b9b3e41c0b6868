// Which modelkin this is.
#ifndef MODELKIN_VERSION_H_
#define MODELKIN_VERSION_H_

#include <string_view>

#include "modelkin/export.h"

namespace modelkin {

// Returns the version of the library that is loaded: "0.1.0". Valid for as long as the process
// runs; may be called from any number of threads.
MODELKIN_EXPORT std::string_view LibraryVersion();

}  // namespace modelkin

#endif  // MODELKIN_VERSION_H_
