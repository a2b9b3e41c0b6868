// A model's tensors as another model would have them: in its order of units, and in its basis of
// residual coordinates. Nothing is written down: values are computed as they are read.
#ifndef MODELKIN_BASIS_ARRANGED_CHECKPOINT_H_
#define MODELKIN_BASIS_ARRANGED_CHECKPOINT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "basis/residual_map.h"
#include "lineage/model_parts.h"

namespace modelkin {

using Coordinates = std::shared_ptr<const std::vector<float>>;

// One tensor of one or two axes; what is empty or null changes nothing. In this order:
struct Arrangement {
  const Part* from = nullptr;
  std::string name;  // that it gets
  // For each place along the other axis the residual coordinate whose entry is 0.
  std::shared_ptr<const std::vector<std::uint32_t>> left_out;
  Coordinates multiplied;                       // over residual coordinates, of the model
  std::shared_ptr<const ResidualMap> residual;  // along its residual axis
  Coordinates divided;                          // over residual coordinates, after the map
  // Which of its own come where; kNothing gives NaN.
  std::vector<std::uint32_t> rows, columns;
  // 1 or -1 for each row, or column, of the result.
  std::vector<float> row_signs, column_signs;

  bool changes_nothing() const;
};

// Tensors that something happens to are of type F32, rounded where the model has more. Reads of it
// give the same bytes whatever is read together. Throws as reads of `model` do.
//
// Whole tensors are held while they are read if a rotation runs over their rows, up to 512 MiB of
// them, and 64 MiB of others; `model` and what arrangements point to have to outlive it.
Checkpoint Arranged(const ModelParts& model, std::vector<Arrangement> tensors);

// The model with its tensors exchanged for those of the same names in `checkpoint`; others are left
// out.
ModelParts WithTensors(const ModelParts& model, Checkpoint checkpoint);

}  // namespace modelkin

#endif  // MODELKIN_BASIS_ARRANGED_CHECKPOINT_H_
