// What models are called, where their paths are too long.
#ifndef MODELKIN_REQUESTS_SHORT_NAMES_H_
#define MODELKIN_REQUESTS_SHORT_NAMES_H_

#include <string>
#include <vector>

namespace modelkin {

// Returns the last part of each path or address without the ending of a file of weights, "org/name"
// of a hub's; with ending and folders where two would be called the same. Those of one path are
// the same.
std::vector<std::string> ShortNames(const std::vector<std::string>& paths);
// The same, printable.
std::vector<std::string> PrintableNames(const std::vector<std::string>& paths);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_SHORT_NAMES_H_
