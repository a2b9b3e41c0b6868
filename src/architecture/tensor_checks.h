// Stored tensors held against what config.json and family promise.
#ifndef MODELKIN_ARCHITECTURE_TENSOR_CHECKS_H_
#define MODELKIN_ARCHITECTURE_TENSOR_CHECKS_H_

#include <optional>
#include <span>
#include <vector>

#include "architecture/finding.h"
#include "architecture/model_config.h"
#include "architecture/model_spec.h"
#include "architecture/tensor_matching.h"

namespace modelkin {

// Contradictions, unexplained and missing tensors, each kind of tensor once, with an example and a
// count. At most 100 findings of a kind; the last then says how many more there are.
// `head_repeats`: HeadRepeatsEmbedding of a model whose head is tied by config.json.
std::vector<Finding> CheckTensors(const ModelSpec& spec, std::span<const MatchedTensor> tensors,
                                  std::optional<bool> head_repeats);

// Widths that config.json names and no tensor of the model has to do with.
std::vector<Finding> FindUnusedWidths(const ModelSpec& spec, const ModelConfig& config);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_TENSOR_CHECKS_H_
