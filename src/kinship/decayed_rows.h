// Rows of an embedding that training left alone, but for weight decay.
#ifndef MODELKIN_KINSHIP_DECAYED_ROWS_H_
#define MODELKIN_KINSHIP_DECAYED_ROWS_H_

#include <cstdint>
#include <optional>

#include "checkpoint/checkpoint.h"

namespace modelkin {

// Of rows with the same direction in both: tokens that training between the two never saw.
struct DecayedRows {
  std::uint64_t rows = 0;
  double log_ratio = 0;  // median of log(|row of B| / |row of A|)
  double same_sign = 0;  // share of them whose ratio is on that side of 1
  // Weight decay shrinks such rows by one factor: B's, if this is true, were trained for longer.
  // Nothing where rows were not shrunk, or not alike.
  std::optional<bool> b_is_later() const;
};

// Two matrices of the same shape with a row for each token; rows that are 0 or not finite don't
// count. Nothing for fewer than 8 rows.
std::optional<DecayedRows> FindDecayedRows(const Checkpoint& a, const Tensor& tensor_a,
                                           const Checkpoint& b, const Tensor& tensor_b);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_DECAYED_ROWS_H_
