// Which layer of A each layer of B goes back to.
#ifndef MODELKIN_LINEAGE_LAYER_MAP_H_
#define MODELKIN_LINEAGE_LAYER_MAP_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/progress.h"
#include "lineage/draw_plan.h"
#include "lineage/model_parts.h"

namespace modelkin {

struct LayerMap {
  std::vector<std::uint32_t> layers_a, layers_b;  // numbers
  // layers_a.size() rows of layers_b.size(): z of the trace statistic over residual
  // coordinates of a pair's attention weights, AttentionSums and norms; NaN where a pair has none
  // in common. Standard normal for unrelated models, all cells of a matrix sharing one permutation.
  std::vector<double> z;
  // Index into layers_a for each layer of B: the best path through cells above `threshold`.
  std::vector<std::optional<std::size_t>> source;
  double threshold = 0;  // of z: 1e-6 over all cells by a normal tail

  double At(std::size_t a, std::size_t b) const { return z[a * layers_b.size() + b]; }
  std::size_t linked() const;  // layers of B with a source
};

// Reads of the attention weights of every layer up to 64 rows each and their AttentionSums, and the
// norms; where `quick`, 64 rows, and none of outputs, whose columns are spread over all of their
// bytes. Where `plan` is not all it takes 16 rows or fewer (256 MiB of floats in all), and of
// `plan.layers` layers that `seed` draws one run of columns of outputs and AttentionSums: cells
// compare what both layers have. Without layers, with more than 2,048 of them, or with residual
// widths that differ, all vectors are empty.
LayerMap MapLayers(const ModelParts& a, const ModelParts& b, bool quick, unsigned threads,
                   Progress& progress, const DrawPlan& plan = {}, std::uint64_t seed = 1);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_LAYER_MAP_H_
