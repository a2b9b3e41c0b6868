// Files that are being written, under a name of their own.
#ifndef MODELKIN_BASE_PARTIAL_FILES_H_
#define MODELKIN_BASE_PARTIAL_FILES_H_

#include <string>
#include <string_view>

namespace modelkin {

// Returns "NAME.partial-XXXXXX" with six random letters. A name that would be too long is cut.
std::string PartialNameOf(std::string_view name);

// Takes away the user's own regular files in `folder` (an open one) that are called so for this
// name, and that no process has locked (flock): their writers were killed.
void RemoveLeftPartials(int folder, std::string_view name);

}  // namespace modelkin

#endif  // MODELKIN_BASE_PARTIAL_FILES_H_
