// Normalisation of rows.
#ifndef MODELKIN_INFERENCE_NORMS_H_
#define MODELKIN_INFERENCE_NORMS_H_

#include <cstddef>
#include <vector>

#include "inference/activations.h"

namespace modelkin {

// x / sqrt(mean(x^2) + epsilon) * weight (Zhang and Sennrich, "Root mean square layer
// normalization", NeurIPS 2019, eq. 4), of each run of weight.size() values in a row: whole rows,
// or single heads. Sums in double.
void RmsNormalise(Activations& x, const std::vector<float>& weight, double epsilon,
                  unsigned threads);

// Of norms whose stored weights are what is added to 1.
inline void AddOne(std::vector<float>& weight) {
  for (float& value : weight) value += 1;
}

// (x - mean) / sqrt(variance + epsilon) * weight + bias, of rows; the variance is divided by n
// (Ba et al., "Layer normalization", 2016, eq. 4). No bias: an empty one.
void LayerNormalise(Activations& x, const std::vector<float>& weight,
                    const std::vector<float>& bias, double epsilon, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_NORMS_H_
