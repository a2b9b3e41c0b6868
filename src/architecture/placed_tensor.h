// The tensors of a checkpoint with what is known of each: role, module, axes, layer, expert and
// model. From the family's rules where there are such, from names and shapes where not.
#ifndef MODELKIN_ARCHITECTURE_PLACED_TENSOR_H_
#define MODELKIN_ARCHITECTURE_PLACED_TENSOR_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "architecture/model_spec.h"
#include "architecture/role.h"
#include "checkpoint/checkpoint.h"
#include "modelkin/component.h"

namespace modelkin {

struct PlacedTensor {
  const Tensor* tensor = nullptr;
  Role role = Role::kUnknown;
  bool is_bias = false;
  ModuleKind module = ModuleKind::kOther;
  Component component = Component::kText;
  std::optional<std::uint32_t> layer, expert;
  // What tensors of other layers and experts that do the same are called as well, as outputs have
  // it: "self_attn.q_proj.weight", "mlp.experts.gate_proj.weight"; outside layers, the name.
  std::string pattern;
  std::vector<Axis> axes;  // as many as the shape has; empty before PlaceAxes

  // The axis over residual coordinates, if one is known to be that.
  std::optional<std::size_t> residual_axis() const;

  // The name of the MLP or other module of which it is a part: "model.layers.3.mlp.experts.5" for
  // its gate_proj.weight; "" of a tensor that is no part of an MLP.
  std::string mlp_name() const;

  // Its name in another layer; needs a layer of its own.
  std::string NameInLayer(std::uint32_t other) const;
  // The name of its own layer's weight of a role that is no MLP's; needs a layer.
  std::string NameInOwnLayer(Role other) const;
};

// Places tensors that NamedByRole has named. `spec` may be null, and has to outlive the placer.
class TensorPlacer {
 public:
  explicit TensorPlacer(const ModelSpec* spec);

  // All but the axes. Points to the tensor.
  PlacedTensor Place(const Tensor& tensor) const;

  // Sets the axes, of a model with that many residual coordinates. The residual axis is the only
  // one of that length that the family does not say to be another; where several are, the one that
  // the role says, if it is known in which order axes are stored.
  void PlaceAxes(std::uint64_t residual, std::span<PlacedTensor> tensors) const;

 private:
  // What the family says of a tensor as its rules and views name it.
  struct Known {
    ModuleKind module = ModuleKind::kOther;
    std::string_view shape;
  };

  std::vector<Axis> AxesOf(const PlacedTensor& placed, std::uint64_t residual) const;
  // Which axes may run over residual coordinates: those of the width of the stream, if the family
  // does not say that they run over something else that is as long.
  std::vector<bool> MayBeResidual(const PlacedTensor& placed, std::uint64_t residual) const;
  // Whether a size is the stream's width by the family's rules.
  bool IsResidual(std::string_view size) const;

  const ModelSpec* spec_;
  std::unordered_map<std::string_view, Known> known_;  // by pattern
};

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_PLACED_TENSOR_H_
