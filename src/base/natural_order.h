// The order in which people list names that contain numbers.
#ifndef MODELKIN_BASE_NATURAL_ORDER_H_
#define MODELKIN_BASE_NATURAL_ORDER_H_

#include <string_view>

namespace modelkin {

// Returns whether `a` comes before `b` when runs of digits compare as numbers: "layers.2" before
// "layers.10". A strict order of all names.
bool NaturalLess(std::string_view a, std::string_view b);

}  // namespace modelkin

#endif  // MODELKIN_BASE_NATURAL_ORDER_H_
