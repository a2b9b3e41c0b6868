// Cosines of a few hidden units with all of another MLP, whose rows are read by the block and never
// held as a whole.
#ifndef MODELKIN_LINEAGE_DRAWN_COSINES_H_
#define MODELKIN_LINEAGE_DRAWN_COSINES_H_

#include <cstdint>
#include <vector>

#include "lineage/unit_row_reader.h"

namespace modelkin {

struct DrawnCosines {
  std::size_t units = 0, drawn = 0;
  std::vector<float> cosines;  // units x drawn, row-major; 0 with a unit that is all zero
  std::vector<char> alive;     // for each unit whether it is not
  bool finite = true;          // else nothing else means anything

  const float* of(std::size_t unit) const { return cosines.data() + unit * drawn; }
};

// Which entry of each row is read as 0, where units stand at residual coordinates: (i, i modulo
// columns), or the one of the largest size.
enum class UnitDiagonal : std::uint8_t { kKept, kTakenAway, kLargestTakenAway };

// `drawn`: rows of norm 1, or 0. Sums are in float; the same bits for any number of threads.
DrawnCosines CosinesWithAll(const UnitRowReader& all, const UnitRows& drawn, UnitDiagonal diagonal,
                            unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_DRAWN_COSINES_H_
