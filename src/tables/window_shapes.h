// Windows that signals are multiplied by, as formulas.
#ifndef MODELKIN_TABLES_WINDOW_SHAPES_H_
#define MODELKIN_TABLES_WINDOW_SHAPES_H_

#include <vector>

#include "tables/stored_values.h"

namespace modelkin {

// Hann, Hamming and Blackman, periodic and symmetric, of `length` places; Hann also of three
// quarters and of five eighths of the places, with zeros around it.
std::vector<Series> CommonWindows(std::size_t length);

}  // namespace modelkin

#endif  // MODELKIN_TABLES_WINDOW_SHAPES_H_
