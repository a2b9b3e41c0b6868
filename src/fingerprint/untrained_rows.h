// The trace test over residual coordinates on a choice of rows of two tables: docs/kinship.md,
// "Under-trained tokens".
#ifndef MODELKIN_FINGERPRINT_UNTRAINED_ROWS_H_
#define MODELKIN_FINGERPRINT_UNTRAINED_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/skipped.h"
#include "statistics/trace_test.h"

namespace modelkin {

// Null: B's residual coordinates are in random order, independent of A. Rows may be chosen by
// whatever does not change with that order, such as A's values or the norms of B's rows. Where a
// few coordinates hold most of the norm, p stays valid but can't be small: few orders differ much.
struct RowsTest {
  Skipped skipped;  // why there is no test
  std::uint64_t rows = 0;
  double cosine = 0;            // of all rows, centred, as one vector each: the size of the effect
  double cosine_by_chance = 0;  // its mean over all orders of coordinates
  double z = 0;                 // of tr(K)
  double log_p = 0;             // natural log
  bool is_bound = false;
  TraceTailMethod method = TraceTailMethod::kMonteCarlo;
};

// Wider tables would take more than 512 MiB for K.
inline constexpr std::size_t kWidestRows = 8192;

// `a`, `b`: rows x width, row-major, row i of A with row i of B. Both are centred by the mean of
// their rows, as under-trained rows have a mean in common that is large beside what tells them
// apart; then K = sum over rows of transpose(A's) B's. Skipped under 2 rows or 2 coordinates, over
// kWidestRows, where a value is not finite, and where the rows of a side are all the same.
RowsTest TestRows(std::vector<double> a, std::vector<double> b, std::size_t rows, std::size_t width,
                  const MonteCarloOptions& options);

// The same with rows and K in float, half as large, and sums over them in double.
RowsTest TestRowsInFloat(std::vector<float> a, std::vector<float> b, std::size_t rows,
                         std::size_t width, const MonteCarloOptions& options);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_UNTRAINED_ROWS_H_
