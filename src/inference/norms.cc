#include "inference/norms.h"

#include <cmath>

namespace modelkin {

void RmsNormalise(Activations& x, const std::vector<float>& weight, double epsilon,
                  unsigned threads) {
  const std::size_t width = weight.size();
  ForRows(x, threads, [&](std::size_t first, std::size_t last) {
    float* const end = x.Row(last);
    for (float* values = x.Row(first); values != end; values += width) {
      double squares = 0;
      for (std::size_t i = 0; i < width; ++i) squares += static_cast<double>(values[i]) * values[i];
      const auto scale =
          static_cast<float>(1 / std::sqrt(squares / static_cast<double>(width) + epsilon));
      for (std::size_t i = 0; i < width; ++i) values[i] = values[i] * scale * weight[i];
    }
  });
}

void LayerNormalise(Activations& x, const std::vector<float>& weight,
                    const std::vector<float>& bias, double epsilon, unsigned threads) {
  const auto width = static_cast<double>(x.columns);
  ForRows(x, threads, [&](std::size_t first, std::size_t last) {
    for (std::size_t row = first; row < last; ++row) {
      float* const values = x.Row(row);
      double sum = 0;
      for (std::size_t i = 0; i < x.columns; ++i) sum += values[i];
      const double mean = sum / width;
      double squares = 0;
      for (std::size_t i = 0; i < x.columns; ++i) {
        squares += (values[i] - mean) * (values[i] - mean);
      }
      const double scale = 1 / std::sqrt(squares / width + epsilon);
      for (std::size_t i = 0; i < x.columns; ++i) {
        const double shift = bias.empty() ? 0 : bias[i];
        values[i] = static_cast<float>((values[i] - mean) * scale * weight[i] + shift);
      }
    }
  });
}

}  // namespace modelkin
