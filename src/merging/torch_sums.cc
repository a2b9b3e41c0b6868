#include "merging/torch_sums.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <vector>

namespace modelkin {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kAtOnce = 4;  // partial sums side by side
constexpr std::size_t kLevels = 4;  // of sums of sums
constexpr std::size_t kFewestToSplit = 32768;

template <std::size_t kWidth>
using Lanes = std::array<float, kWidth>;

template <std::size_t kWidth>
void Add(Lanes<kWidth>& sum, const Lanes<kWidth>& term) {
  for (std::size_t i = 0; i < kWidth; ++i) sum[i] += term[i];
}

template <std::size_t kWidth>
void AddAt(Lanes<kWidth>& sum, const float* values) {
  for (std::size_t i = 0; i < kWidth; ++i) sum[i] += values[i];
}

// Sums of `rows` rows of kAtOnce vectors each, by columns: a cascade, in which sums of
// 2^level_power rows are added on a level of their own.
template <std::size_t kWidth>
std::array<Lanes<kWidth>, kAtOnce> SumRows(const float* values, std::size_t rows) {
  const std::size_t log2 = rows > 1 ? std::bit_width(rows - 1) : 0;
  const std::size_t level_power = std::max<std::size_t>(4, log2 / kLevels);
  const std::size_t step = std::size_t{1} << level_power, mask = step - 1;
  std::array<std::array<Lanes<kWidth>, kAtOnce>, kLevels> sums{};
  const auto add_row = [&](std::size_t row) {
    for (std::size_t k = 0; k < kAtOnce; ++k) {
      AddAt<kWidth>(sums[0][k], values + (row * kAtOnce + k) * kWidth);
    }
  };
  std::size_t row = 0;
  while (row + step <= rows) {
    for (std::size_t i = 0; i < step; ++i) add_row(row++);
    for (std::size_t level = 1; level < kLevels; ++level) {
      for (std::size_t k = 0; k < kAtOnce; ++k) {
        Add<kWidth>(sums[level][k], sums[level - 1][k]);
        sums[level - 1][k] = {};
      }
      if ((row & (mask << (level * level_power))) != 0) break;
    }
  }
  while (row < rows) add_row(row++);
  for (std::size_t level = 1; level < kLevels; ++level) {
    for (std::size_t k = 0; k < kAtOnce; ++k) Add<kWidth>(sums[0][k], sums[level][k]);
  }
  return sums[0];
}

template <std::size_t kWidth>
Lanes<kWidth> SumVectors(const float* values, std::size_t vectors) {
  const std::size_t rows = vectors / kAtOnce;
  auto sums = SumRows<kWidth>(values, rows);
  for (std::size_t i = rows * kAtOnce; i < vectors; ++i) {
    AddAt<kWidth>(sums[0], values + i * kWidth);
  }
  for (std::size_t k = 1; k < kAtOnce; ++k) Add<kWidth>(sums[0], sums[k]);
  return sums[0];
}

float SumOfOneThread(std::span<const float> values) {
  const std::size_t vectors = values.size() / kLanes;
  if (vectors == 0) return SumVectors<1>(values.data(), values.size())[0];
  const Lanes<kLanes> lanes = SumVectors<kLanes>(values.data(), vectors);
  float sum = 0;
  for (const float value : values.subspan(vectors * kLanes)) sum += value;
  for (const float lane : lanes) sum += lane;
  return sum;
}

}  // namespace

float TorchSum(std::span<const float> values, unsigned threads) {
  if (threads < 2 || values.size() < kFewestToSplit) return SumOfOneThread(values);
  const std::size_t most = (values.size() + kFewestToSplit - 1) / kFewestToSplit;
  const std::size_t parts = std::min<std::size_t>(threads, most);
  const std::size_t each = (values.size() + parts - 1) / parts;
  std::vector<float> sums(threads, 0.0F);
  for (std::size_t i = 0; i < parts && i * each < values.size(); ++i) {
    sums[i] = SumOfOneThread(values.subspan(i * each, std::min(each, values.size() - i * each)));
  }
  return SumOfOneThread(sums);
}

float TorchNorm(std::span<const float> values) {
  Lanes<kLanes> lanes{};
  const std::size_t vectors = values.size() / kLanes;
  for (std::size_t i = 0; i < vectors; ++i) {
    const float* const at = values.data() + i * kLanes;
    for (std::size_t k = 0; k < kLanes; ++k) lanes[k] += at[k] * at[k];
  }
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  for (const float value : values.subspan(vectors * kLanes)) sum += value * value;
  return std::sqrt(sum);
}

}  // namespace modelkin
