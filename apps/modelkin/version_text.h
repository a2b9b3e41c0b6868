// Which build this is, and what it runs on here.
#ifndef MODELKIN_APPS_VERSION_TEXT_H_
#define MODELKIN_APPS_VERSION_TEXT_H_

#include <string>
#include <string_view>

namespace modelkin {

// Returns what git describes the source as, or "unknown": in a file that every commit makes anew.
std::string_view BuildCommit();

// Returns three lines: the version with its commit, the instruction set in use, the linear algebra
// library.
std::string VersionText();

}  // namespace modelkin

#endif  // MODELKIN_APPS_VERSION_TEXT_H_
