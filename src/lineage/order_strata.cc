#include "lineage/order_strata.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "linalg/matrix_product.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

constexpr std::size_t kFewestNumbers = 2048, kFewestSums = 2;
constexpr double kSharedOrder = 6;  // deviations
constexpr std::uint64_t kSketchSeed = 0x6f72646572;
constexpr std::size_t kSketchRowsAtOnce = 256;

// Each column goes into one sum, with a random sign (Charikar, Chen & Farach-Colton, "Finding
// frequent items in data streams", 2002).
std::vector<float> RandomSums(const UnitRows& rows, std::size_t sums) {
  std::vector<float> result(rows.units * sums, 0), signs(rows.columns);
  Random random(kSketchSeed, 0);
  for (float& sign : signs) sign = random.UniformBelow(2) == 0 ? -1.0F : 1.0F;
  for (std::size_t unit = 0; unit < rows.units; ++unit) {
    const float* const row = rows.rows.data() + unit * rows.columns;
    float* const to = result.data() + unit * sums;
    for (std::size_t c = 0; c < rows.columns; ++c) to[c % sums] += signs[c] * row[c];
  }
  return result;
}

// The first of those that are linked with it.
std::size_t FirstOf(std::vector<std::size_t>& first, std::size_t i) {
  while (first[i] != i) i = first[i] = first[first[i]];
  return i;
}

}  // namespace

OrderSketch SketchOrder(const UnitRows& rows) {
  if (rows.units == 0 || rows.columns == 0) return {};
  const std::size_t sums =
      std::min(rows.columns, std::max(kFewestSums, (kFewestNumbers + rows.units - 1) / rows.units));
  OrderSketch sketch = RandomSums(rows, sums);
  double squares = 0;
  for (std::size_t s = 0; s < sums; ++s) {
    double mean = 0;
    for (std::size_t i = s; i < sketch.size(); i += sums) mean += sketch[i];
    mean /= static_cast<double>(rows.units);
    for (std::size_t i = s; i < sketch.size(); i += sums) {
      sketch[i] = static_cast<float>(sketch[i] - mean);
      squares += static_cast<double>(sketch[i]) * sketch[i];
    }
  }
  if (!(squares > 0) || !std::isfinite(squares)) return {};
  for (float& value : sketch) value = static_cast<float>(value / std::sqrt(squares));
  return sketch;
}

std::vector<std::size_t> OrderStrata(const std::vector<const OrderSketch*>& sketches,
                                     unsigned threads) {
  std::vector<std::size_t> first(sketches.size());
  std::iota(first.begin(), first.end(), std::size_t{0});
  std::map<std::size_t, std::vector<std::size_t>> by_length;
  for (std::size_t i = 0; i < sketches.size(); ++i) {
    if (!sketches[i]->empty()) by_length[sketches[i]->size()].push_back(i);
  }
  for (const auto& [length, own] : by_length) {
    const double limit = kSharedOrder / std::sqrt(static_cast<double>(length));
    std::vector<float> all;
    for (const std::size_t i : own) all.insert(all.end(), sketches[i]->begin(), sketches[i]->end());
    for (std::size_t from = 0; from < own.size(); from += kSketchRowsAtOnce) {
      const std::size_t count = std::min(kSketchRowsAtOnce, own.size() - from);
      std::vector<float> products(count * own.size(), 0);
      AddProductTransposed({all.data() + from * length, count, length},
                           {all.data(), own.size(), length}, threads, products.data());
      for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t j = 0; j < from + i; ++j) {
          if (products[i * own.size() + j] <= limit) continue;
          const std::size_t one = FirstOf(first, own[from + i]);
          const std::size_t other = FirstOf(first, own[j]);
          first[std::max(one, other)] = std::min(one, other);
        }
      }
    }
  }
  for (std::size_t i = 0; i < first.size(); ++i) first[i] = FirstOf(first, i);
  return first;
}

}  // namespace modelkin
