// Random matrices for tests.
#ifndef MODELKIN_TESTS_FUNCTIONAL_RANDOM_STATES_H_
#define MODELKIN_TESTS_FUNCTIONAL_RANDOM_STATES_H_

#include <random>

#include "inference/activations.h"

namespace modelkin::testing {

// Standard normal values.
inline Activations RandomRows(std::size_t rows, std::size_t columns, std::mt19937& random) {
  std::normal_distribution<float> normal;
  Activations out(rows, columns);
  for (float& value : out.values) value = normal(random);
  return out;
}

// Each row mirrored at the same random plane: an orthogonal map of columns.
inline Activations Mirrored(const Activations& x, std::mt19937& random) {
  const Activations normal = RandomRows(1, x.columns, random);
  double length = 0;
  for (const float value : normal.values) length += static_cast<double>(value) * value;
  Activations out = x;
  for (std::size_t row = 0; row < x.rows; ++row) {
    double along = 0;
    for (std::size_t k = 0; k < x.columns; ++k) along += x.Row(row)[k] * normal.values[k];
    for (std::size_t k = 0; k < x.columns; ++k) {
      out.Row(row)[k] = static_cast<float>(x.Row(row)[k] - 2 * along / length * normal.values[k]);
    }
  }
  return out;
}

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_FUNCTIONAL_RANDOM_STATES_H_
