// The tensors of a model as merges name them: experts' weights may be one tensor for all.
#ifndef MODELKIN_MERGING_SOURCE_CATALOGUE_H_
#define MODELKIN_MERGING_SOURCE_CATALOGUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace modelkin {

// Whole tensors of a checkpoint, one after the other; mostly one.
struct SourceTensor {
  std::string name;
  Shape shape;
  std::uint64_t elements = 0;
  DType dtype = DType::kF32;
  std::vector<const Tensor*> parts;  // of one type
};

// A name around its layer's number, which is the first number between two dots.
struct LayerName {
  std::string_view before, after;  // "model.layers.", ".mlp.up_proj.weight"
  std::uint32_t layer = 0;
};

// Returns nothing of a name without such a number.
std::optional<LayerName> FindLayerName(std::string_view name);

class SourceCatalogue {
 public:
  // `stacked`: weights of experts, `X.mlp.experts.3.up_proj.weight` and their like, are stacked to
  // `X.mlp.experts.gate_up_proj` and `X.mlp.experts.down_proj`, as transformers has them since its
  // version 5 and mergekit since 0.1.5. Points into the checkpoint.
  SourceCatalogue(const Checkpoint& checkpoint, bool stacked);

  const std::vector<SourceTensor>& tensors() const { return tensors_; }
  // Null for none.
  const SourceTensor* Find(std::string_view name) const;

 private:
  std::vector<SourceTensor> tensors_;
  std::unordered_map<std::string_view, const SourceTensor*> by_name_;  // into tensors_
};

// Whether a checkpoint has stacked experts.
bool HasStackedExperts(const Checkpoint& checkpoint);

}  // namespace modelkin

#endif  // MODELKIN_MERGING_SOURCE_CATALOGUE_H_
