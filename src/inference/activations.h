// Rows of numbers on their way through a model.
#ifndef MODELKIN_INFERENCE_ACTIVATIONS_H_
#define MODELKIN_INFERENCE_ACTIVATIONS_H_

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "base/parallel.h"
#include "kernels/products.h"

namespace modelkin {

// Row-major; mostly one row a token.
struct Activations {
  Activations() = default;
  Activations(std::size_t row_count, std::size_t column_count)
      : rows(row_count), columns(column_count), values(row_count * column_count) {}

  float* Row(std::size_t row) { return values.data() + row * columns; }
  const float* Row(std::size_t row) const { return values.data() + row * columns; }

  std::size_t rows = 0, columns = 0;
  std::vector<float> values;
};

// Values that one thread works through before others would have started.
inline constexpr std::size_t kSerialValues = std::size_t{1} << 15;

// f(first, last) for ranges of rows [first, last), all in all once; by several threads where there
// are enough values. f writes to nothing but what belongs to its rows.
template <class Function>
void ForRows(const Activations& x, unsigned threads, const Function& f) {
  if (threads == 1 || x.values.size() <= kSerialValues) {
    f(std::size_t{0}, x.rows);
    return;
  }
  const std::size_t rows = std::max<std::size_t>(1, kSerialValues / x.columns);
  ParallelFor(threads, (x.rows + rows - 1) / rows, [&](std::size_t range, unsigned) {
    f(range * rows, std::min(range * rows + rows, x.rows));
  });
}

// to += values. Requires the same size.
inline void Add(Activations& to, const Activations& values, unsigned threads) {
  ForRows(to, threads, [&](std::size_t first, std::size_t last) {
    float* const out = to.Row(first);
    const float* const from = values.Row(first);
    for (std::size_t i = 0; i < (last - first) * to.columns; ++i) out[i] += from[i];
  });
}

// Infinity may vanish again, in a clamp or as exp(-x), and leave a number that means nothing; NaN
// stays. Others keep their value.
inline void InfinityToNan(std::span<float> values) { InfinityToNan(values.data(), values.size()); }

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_ACTIVATIONS_H_
