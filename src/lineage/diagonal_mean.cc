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

DiagonalMean DiagonalOf(std::span<const float> values, std::size_t columns) {
  DiagonalMean diagonal{.values = values.size()};
  for (const float value : values) diagonal.squares += static_cast<double>(value) * value;
  for (std::size_t at = 0; diagonal.count < columns && at < values.size(); at += columns + 1) {
    diagonal.sum += values[at];
    ++diagonal.count;
  }
  return diagonal;
}

bool AreIdentityLike(const DiagonalMean& a, const DiagonalMean& b) {
  return StandsOut(a) && StandsOut(b);
}

bool RemoveIdentities(std::vector<float>& a, std::size_t columns_a, std::vector<float>& b,
                      std::size_t columns_b) {
  if (!AreIdentityLike(DiagonalOf(a, columns_a), DiagonalOf(b, columns_b))) return false;
  for (std::size_t row = 0; row * columns_a < a.size(); ++row) {
    a[row * columns_a + row % columns_a] = 0;
  }
  for (std::size_t row = 0; row * columns_b < b.size(); ++row) {
    b[row * columns_b + row % columns_b] = 0;
  }
  return true;
}

}  // namespace modelkin
