// The name that somebody meant who typed another.
#ifndef MODELKIN_BASE_NEAREST_NAME_H_
#define MODELKIN_BASE_NEAREST_NAME_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

// Returns how many letters have to be put in, taken out, replaced, or swapped with the one beside
// them, to make one word of the other. No letter is changed twice: the optimal string alignment of
// Damerau's and Levenshtein's distance. Words longer than 255 letters are as far apart as they are
// long.
std::size_t EditDistance(std::string_view a, std::string_view b);

// Returns the one of `names` that is nearest to `word`, the first of several, where it is near
// enough to be meant: at most a third of the longer one's letters differ, and at most three.
// Capital letters are small ones here. Where none is near, the only name that `word` begins, if it
// is two letters or more. Never `word` itself.
std::optional<std::string> NearestName(std::string_view word,
                                       const std::vector<std::string>& names);

}  // namespace modelkin

#endif  // MODELKIN_BASE_NEAREST_NAME_H_
