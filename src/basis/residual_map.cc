#include "basis/residual_map.h"

#include <algorithm>

#include "linalg/matrix_product.h"

namespace modelkin {

bool ResidualMap::has_signs() const {
  return std::ranges::any_of(sign, [](float value) { return value < 0; });
}

bool ResidualMap::is_identity() const {
  if (!is_permutation() || has_signs() || width_a != width) return false;
  for (std::uint32_t i = 0; i < source.size(); ++i) {
    if (source[i] != i) return false;
  }
  return true;
}

bool ResidualMap::is_in_order() const {
  if (!is_permutation() || has_signs()) return false;
  std::vector<std::uint32_t> known = source;
  std::erase(known, kNothing);
  return std::ranges::is_sorted(known);
}

std::size_t ResidualMap::added() const {
  return static_cast<std::size_t>(std::ranges::count(source, kNothing));
}

std::size_t ResidualMap::dropped() const { return width_a - (width - added()); }

void ResidualMap::ApplyToRows(std::vector<float>& rows, std::size_t count) const {
  std::vector<float> mapped(count * width, 0);
  if (is_permutation()) {
    for (std::size_t row = 0; row < count; ++row) {
      for (std::size_t j = 0; j < width; ++j) {
        mapped[row * width + j] =
            source[j] == kNothing ? missing : rows[row * width_a + source[j]] * sign[j];
      }
    }
  } else {
    AddProductTransposed({rows.data(), count, width}, {rotation.data(), width, width}, 1,
                         mapped.data());
  }
  rows = std::move(mapped);
}

void ResidualMap::ApplyToColumns(std::vector<float>& values, std::size_t count) const {
  std::vector<float> mapped(width * count, 0);
  if (is_permutation()) {
    for (std::size_t j = 0; j < width; ++j) {
      if (source[j] == kNothing) {
        std::fill_n(mapped.data() + j * count, count, missing);
        continue;
      }
      const float* const from = values.data() + source[j] * count;
      std::transform(from, from + count, mapped.data() + j * count,
                     [&](float value) { return value * sign[j]; });
    }
  } else {
    AddTransposedProduct({transposed.data(), width, width}, {values.data(), width, count}, 1,
                         mapped.data());
  }
  values = std::move(mapped);
}

ResidualMap PermutationMap(std::vector<std::uint32_t> source, std::vector<float> sign) {
  const std::size_t width = source.size();
  return PermutationMap(width, std::move(source), std::move(sign));
}

ResidualMap PermutationMap(std::size_t width_a, std::vector<std::uint32_t> source,
                           std::vector<float> sign) {
  const std::size_t width = source.size();
  return {.width_a = width_a, .width = width, .source = std::move(source), .sign = std::move(sign)};
}

ResidualMap RotationMap(const std::vector<double>& rotation, std::size_t width) {
  ResidualMap map{.width_a = width, .width = width};
  map.rotation.assign(rotation.begin(), rotation.end());
  map.transposed.resize(width * width);
  for (std::size_t i = 0; i < width; ++i) {
    for (std::size_t j = 0; j < width; ++j) {
      map.transposed[j * width + i] = map.rotation[i * width + j];
    }
  }
  return map;
}

}  // namespace modelkin
