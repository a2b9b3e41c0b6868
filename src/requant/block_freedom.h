// Which blocks of ggml's forms a quantiser could have chosen for given values.
#ifndef MODELKIN_REQUANT_BLOCK_FREEDOM_H_
#define MODELKIN_REQUANT_BLOCK_FREEDOM_H_

#include <cstddef>
#include <cstdint>

#include "kernels/block_form.h"

namespace modelkin {

// How codes follow from what is searched for.
enum class CodeFreedom : std::uint8_t {
  kNone,    // everything follows from the values
  kStored,  // codes are the nearest for the scales that are stored
  kFactor,  // the nearest for some scale, beside which another one is stored
  kLine,    // the nearest for some scale and minimum
};

struct BlockFreedom {
  CodeFreedom freedom = CodeFreedom::kNone;
  int least = 0, most = 0;  // codes; of forms with a table all of it
};

BlockFreedom FreedomOf(const BlockForm& form);

// How far a block is from values.
struct BlockDistance {
  double squares = 0;         // of distances
  double largest = 0;         // distance
  double largest_steps = 0;   // in steps of the grid at that value
  bool codes_follow = false;  // from a scale (and minimum), as the freedom says
};

// Values that are not finite are infinitely far.
BlockDistance DistanceOf(const BlockForm& form, const std::byte* block, const float* values);

}  // namespace modelkin

#endif  // MODELKIN_REQUANT_BLOCK_FREEDOM_H_
