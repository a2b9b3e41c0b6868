#include "statistics/correlation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace modelkin {
namespace {

// Sums of squares of deviations below this share of the values' own are rounding.
constexpr double kSquaresRounding = 1e-24;

bool AllFinite(std::span<const double> values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

// Divided by the largest of them, so that no square is beyond a double's range, and centred; by way
// of the first, so that of a constant exactly 0 is left. Nothing where what is left is rounding.
std::optional<std::vector<double>> Deviations(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  if (largest == 0) return std::nullopt;
  double mean = 0, squares = 0, deviation = 0;
  std::vector<double> centred(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i] / largest;
    centred[i] = value - values[0] / largest;
    mean += centred[i] / static_cast<double>(values.size());
    squares += value * value;
  }
  for (double& value : centred) {
    value -= mean;
    deviation += value * value;
  }
  if (!(deviation > kSquaresRounding * squares)) return std::nullopt;
  return centred;
}

}  // namespace

std::optional<double> PearsonOf(std::span<const double> a, std::span<const double> b) {
  if (a.size() < 2 || !AllFinite(a) || !AllFinite(b)) return std::nullopt;
  const auto deviations_a = Deviations(a), deviations_b = Deviations(b);
  if (!deviations_a || !deviations_b) return std::nullopt;
  double product = 0, squares_a = 0, squares_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = (*deviations_a)[i], y = (*deviations_b)[i];
    product += x * y;
    squares_a += x * x;
    squares_b += y * y;
  }
  return std::clamp(product / std::sqrt(squares_a) / std::sqrt(squares_b), -1.0, 1.0);
}

std::vector<double> Midranks(std::span<const double> values) {
  std::vector<std::uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [&](std::uint32_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double rank = (static_cast<double>(begin + 1) + static_cast<double>(end)) / 2;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = rank;
  }
  return ranks;
}

std::optional<double> SpearmanOfValues(std::span<const double> a, std::span<const double> b) {
  if (!AllFinite(a) || !AllFinite(b)) return std::nullopt;
  return PearsonOf(Midranks(a), Midranks(b));
}

}  // namespace modelkin
