// A file that names models, one a line.
#ifndef MODELKIN_APPS_MODEL_LIST_H_
#define MODELKIN_APPS_MODEL_LIST_H_

#include <cstddef>
#include <string>
#include <vector>

namespace modelkin {

inline constexpr std::size_t kLongestListLine = 4096;  // bytes

// Returns whether a place is a file of this machine that is neither a file of weights nor an index
// of shards, by its name: a list where a model may stand as well.
bool IsModelList(const std::string& place);

// Returns the models that a file names, each once, in the order of their first lines. Spaces around
// a name, empty lines and those that begin with '#' are left out. Throws Error(kIo) where it can't
// be read, Error(kBadInput) for a line that is no name: over kLongestListLine bytes, or with
// control characters, as files of weights have.
std::vector<std::string> ReadModelList(const std::string& path);

}  // namespace modelkin

#endif  // MODELKIN_APPS_MODEL_LIST_H_
