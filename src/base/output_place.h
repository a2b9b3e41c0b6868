// Where a path of output leads, by links that the user made alone.
#ifndef MODELKIN_BASE_OUTPUT_PLACE_H_
#define MODELKIN_BASE_OUTPUT_PLACE_H_

#include <optional>
#include <string>

#include "base/owned_descriptor.h"

namespace modelkin {

// A name in an open folder, so that nobody can put another folder in its place meanwhile.
struct OutputPlace {
  OwnedDescriptor folder;  // with O_PATH
  std::string name;        // of no symbolic link
  // /dev/stdout, /dev/fd/3 and their like: what is open already, whatever file it is. `folder` and
  // `name` are empty then.
  std::optional<int> open_descriptor;
};

// Follows `path`, whose last part need not be there. A symbolic link on the way has to be the
// user's, or root's in a folder where not everybody may write: in /tmp anybody can lay a link where
// a file will be written. Throws Error(kIo) for others, and where the path leads nowhere.
OutputPlace FindOutputPlace(const std::string& path);

// Makes the folder, and those above it, unless they are there. Follows links as above. Throws
// Error(kIo).
void MakeOutputFolder(const std::string& path);

}  // namespace modelkin

#endif  // MODELKIN_BASE_OUTPUT_PLACE_H_
