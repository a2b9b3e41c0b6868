// Rows of numbers on their way through a model.
#ifndef MODELKIN_INFERENCE_ACTIVATIONS_H_
#define MODELKIN_INFERENCE_ACTIVATIONS_H_

#include <cstddef>
#include <span>
#include <vector>

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

// to += values. Requires the same size.
inline void Add(Activations& to, const Activations& values) {
  for (std::size_t i = 0; i < to.values.size(); ++i) to.values[i] += values.values[i];
}

// Infinity may vanish again, in a clamp or as exp(-x), and leave a number that means nothing; NaN
// stays. Others keep their value.
inline void InfinityToNan(std::span<float> values) {
  for (float& value : values) value += value - value;
}

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_ACTIVATIONS_H_
