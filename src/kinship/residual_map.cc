#include "kinship/residual_map.h"

#include <algorithm>

#include "linalg/matrix_product.h"

namespace modelkin {

bool ResidualMap::has_signs() const {
  return std::ranges::any_of(sign, [](float value) { return value < 0; });
}

bool ResidualMap::is_identity() const {
  if (!is_permutation() || has_signs()) return false;
  for (std::uint32_t i = 0; i < source.size(); ++i) {
    if (source[i] != i) return false;
  }
  return true;
}

void ResidualMap::ApplyToRows(std::vector<float>& rows, std::size_t count) const {
  std::vector<float> mapped(count * width, 0);
  if (is_permutation()) {
    for (std::size_t row = 0; row < count; ++row) {
      for (std::size_t j = 0; j < width; ++j) {
        mapped[row * width + j] = rows[row * width + source[j]] * sign[j];
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
  return {.width = width, .source = std::move(source), .sign = std::move(sign)};
}

ResidualMap RotationMap(const std::vector<double>& rotation, std::size_t width) {
  ResidualMap map{.width = width};
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
