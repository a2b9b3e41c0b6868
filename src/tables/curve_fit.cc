#include "tables/curve_fit.h"

#include <algorithm>
#include <cmath>

namespace modelkin {

Fit Compare(const StoredValues& stored, const Series& series, const Series& curve,
            std::size_t parameters, double floor) {
  const auto [least, most] = std::ranges::minmax(series);
  const double spread = most - least;
  std::size_t agreeing = 0, differing = 0;
  double bits = 0;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const double tolerance = stored.Tolerance(series[i]) + floor;
    const bool agrees = std::abs(series[i] - curve[i]) <= tolerance;
    if (agrees && series[i] == 0) continue;
    ++(agrees ? agreeing : differing);
    if (!agrees) continue;
    bits += std::max(0.0, std::log2(spread / (2 * tolerance)));
  }
  Fit fit{.follows = differing * 10 <= agreeing + differing};
  if (fit.follows && agreeing > parameters) {
    fit.bits = bits * static_cast<double>(agreeing - parameters) / static_cast<double>(agreeing);
  }
  return fit;
}

std::optional<Series> LeastSquares(const std::vector<Series>& basis, const Series& values,
                                   const Series& weights) {
  const std::size_t count = basis.size();
  std::vector<Series> system(count, Series(count + 1));
  for (std::size_t t = 0; t < values.size(); ++t) {
    const double weight = weights[t] * weights[t];
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < count; ++j) system[i][j] += weight * basis[i][t] * basis[j][t];
      system[i][count] += weight * basis[i][t] * values[t];
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto pivot = std::max_element(
        system.begin() + static_cast<std::ptrdiff_t>(i), system.end(),
        [&](const Series& a, const Series& b) { return std::abs(a[i]) < std::abs(b[i]); });
    std::swap(system[i], *pivot);
    for (std::size_t r = i + 1; r < count; ++r) {
      const double factor = system[r][i] / system[i][i];
      for (std::size_t c = i; c <= count; ++c) system[r][c] -= factor * system[i][c];
    }
  }
  Series solution(count);
  for (std::size_t i = count; i-- > 0;) {
    double value = system[i][count];
    for (std::size_t c = i + 1; c < count; ++c) value -= system[i][c] * solution[c];
    solution[i] = value / system[i][i];
    if (!std::isfinite(solution[i])) return std::nullopt;
  }
  return solution;
}

Middle MiddleOf(std::size_t length) { return {length / 8, length - length / 8}; }

bool TableFit::Add(const Fit& fit) {
  failed_ += fit.follows ? 0 : 1;
  bits_ += fit.bits;
  return failed_ * 10 <= series_;
}

}  // namespace modelkin
