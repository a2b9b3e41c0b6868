// Layers of two models compared by how alike they find the same texts.
#ifndef MODELKIN_FUNCTIONAL_LAYER_CKA_H_
#define MODELKIN_FUNCTIONAL_LAYER_CKA_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/skipped.h"
#include "functional/model_record.h"

namespace modelkin {

// Linear CKA (Kornblith et al., "Similarity of neural network representations revisited", ICML
// 2019, eq. 4) of texts' mean states, for all pairs of layers, with an estimator that is 0 on
// average for unrelated states (linalg/centred_kernel.h). Rotations of either model's residual
// basis change nothing.
struct LayerCka {
  Skipped skipped;  // why there is nothing else
  std::size_t texts = 0;
  std::size_t rows = 0, columns = 0;  // states of A and of B; the first enters the first layer
  std::vector<double> values;         // NaN where a state finds all texts alike
  // Under texts in random order: (1 + as large) / (1 + draws), and the 95 % quantile.
  std::vector<double> p, null_quantile;
  std::uint64_t draws = 0;
  double p_of_largest = 1;  // of the largest of all values, against the largest of each draw

  double At(std::size_t a, std::size_t b) const { return values[a * columns + b]; }
};

// Skipped with fewer than four texts. The same bits for any number of threads.
LayerCka CompareLayers(const ModelRecord& a, const ModelRecord& b, std::uint64_t draws,
                       std::uint64_t seed, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_FUNCTIONAL_LAYER_CKA_H_
