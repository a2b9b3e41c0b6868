#include "lineage/diagonal_mean.h"

#include <algorithm>
#include <cmath>

namespace modelkin {
namespace {

// What an identity shows at least, beside five deviations of a mean without one.
constexpr double kLeastDiagonal = 0.3;

bool StandsOut(const DiagonalMean& mean) {
  const double count = static_cast<double>(std::max<std::uint64_t>(mean.count, 1));
  return std::abs(mean.value()) > kLeastDiagonal + 5 / std::sqrt(count);
}

}  // namespace

double DiagonalMean::value() const {
  if (count == 0 || squares == 0) return 0;
  return sum / static_cast<double>(count) / std::sqrt(squares / static_cast<double>(values));
}

DiagonalMean DiagonalOf(const UnitRows& rows) {
  DiagonalMean diagonal{.values = rows.rows.size()};
  for (const float value : rows.rows) diagonal.squares += static_cast<double>(value) * value;
  for (std::size_t i = 0; i < std::min(rows.units, rows.columns); ++i) {
    diagonal.sum += rows.rows[i * (rows.columns + 1)];
    ++diagonal.count;
  }
  return diagonal;
}

bool AreIdentityLike(const DiagonalMean& a, const DiagonalMean& b) {
  return StandsOut(a) && StandsOut(b);
}

}  // namespace modelkin
