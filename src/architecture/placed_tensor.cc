#include "architecture/placed_tensor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "architecture/component_names.h"
#include "architecture/known_names.h"
#include "architecture/name_pattern.h"
#include "architecture/role_names.h"
#include "architecture/size_expression.h"
#include "architecture/tensor_role.h"

namespace modelkin {
namespace {

using AxesOfMatrix = std::array<Axis, 2>;

// Of a weight, if its role tells.
std::optional<AxesOfMatrix> ExpectedAxes(Role role) {
  if (const RoleEntry* const entry = EntryOf(role)) return entry->axes;
  if (role == Role::kOtherAttentionInput || role == Role::kOutputGate) {
    return AxesOfMatrix{Axis::kHeads, Axis::kResidual};
  }
  if (role == Role::kOtherAttentionOutput) return AxesOfMatrix{Axis::kResidual, Axis::kHeads};
  if (role == Role::kMixerInput) return AxesOfMatrix{Axis::kOther, Axis::kResidual};
  if (role == Role::kMixerOutput) return AxesOfMatrix{Axis::kResidual, Axis::kOther};
  return std::nullopt;
}

// Of a bias or another vector.
Axis AxisOfVector(const PlacedTensor& placed, bool may_be_residual, bool is_explained) {
  const auto expected = ExpectedAxes(placed.role);
  const bool residual = placed.role == Role::kOtherNorm || is_explained;
  const Axis axis = expected ? expected->front() : residual ? Axis::kResidual : Axis::kOther;
  return axis == Axis::kResidual && !may_be_residual ? Axis::kOther : axis;
}

// Whether the order of the stored axes is known to be that of a Llama-like decoder's: outputs
// first.
bool HasOutputsFirst(std::string_view stored_name) {
  const TensorRole stored = InferRole(stored_name);
  const Role role = RoleOfName(stored.role, stored.layer.has_value()).role;
  return ExpectedAxes(role).has_value() || IsOutputsFirst(stored_name);
}

}  // namespace

std::optional<std::size_t> PlacedTensor::residual_axis() const {
  const auto axis = std::ranges::find(axes, Axis::kResidual);
  if (axis == axes.end()) return std::nullopt;
  return static_cast<std::size_t>(axis - axes.begin());
}

std::string PlacedTensor::mlp_name() const {
  if (!IsOfMlp(role) || EntryOf(role) == nullptr) return "";
  return tensor->name.substr(0, tensor->name.size() - TensorInLayer(role, is_bias).size() - 1);
}

std::string PlacedTensor::NameInLayer(std::uint32_t other) const {
  return NameOf(PatternOf(tensor->name).pattern, other, expert.value_or(0));
}

std::string PlacedTensor::NameInOwnLayer(Role other) const {
  const std::string name = PatternOf(tensor->name).pattern;
  return NameOf(name.substr(0, name.find("{L}.") + 4) + TensorInLayer(other), *layer, 0);
}

TensorPlacer::TensorPlacer(const ModelSpec* spec) : spec_(spec) {
  if (spec == nullptr) return;
  for (const TensorRule& rule : spec->family->tensors) {
    known_.emplace(rule.name, Known{rule.module, rule.shape});
    for (const ViewRule& view : spec->family->views) {
      if (view.stored != rule.name) continue;
      known_.insert_or_assign(view.name,
                              Known{rule.module, view.shape.empty() ? rule.shape : view.shape});
    }
  }
}

PlacedTensor TensorPlacer::Place(const Tensor& tensor) const {
  const NamePattern name = PatternOf(tensor.name);
  TensorRole in_layer = InferRole(tensor.name);
  const auto [role, is_bias] = RoleOfName(in_layer.role, name.layer.has_value());
  const auto known = known_.find(name.pattern);
  return {.tensor = &tensor,
          .role = role,
          .is_bias = is_bias,
          .module = known != known_.end() ? known->second.module : ModuleKindOfName(tensor.name),
          .component = ComponentOfName(tensor.name),
          .layer = name.layer,
          .expert = name.expert,
          .pattern = std::move(in_layer.role),
          .axes = {}};
}

bool TensorPlacer::IsResidual(std::string_view size) const {
  if (size == "residual") return true;
  const auto rule = std::ranges::find(spec_->family->sizes, size, &SizeRule::size);
  return rule != spec_->family->sizes.end() && rule->fallback == "residual" &&
         spec_->sizes.at(rule->size).key.empty();
}

std::vector<bool> TensorPlacer::MayBeResidual(const PlacedTensor& placed,
                                              std::uint64_t residual) const {
  const Shape& shape = placed.tensor->shape;
  std::vector<bool> may;
  for (const std::uint64_t length : shape) may.push_back(length == residual);
  const auto known = known_.find(PatternOf(placed.tensor->name).pattern);
  if (known == known_.end()) {
    // The channels of a convolution of one each are its own.
    if (shape.size() == 3 && shape[1] == 1) may.assign(3, false);
    return may;
  }
  const std::vector<std::string_view> sizes = SplitShape(known->second.shape);
  for (std::size_t i = 0; i < may.size() && sizes.size() == may.size(); ++i) {
    may[i] = may[i] && IsResidual(sizes[i]);
  }
  return may;
}

std::vector<Axis> TensorPlacer::AxesOf(const PlacedTensor& placed, std::uint64_t residual) const {
  const Shape& shape = placed.tensor->shape;
  std::vector<Axis> axes(shape.size(), Axis::kOther);
  const std::vector<bool> may_be = MayBeResidual(placed, residual);
  if (shape.size() == 1) {
    const bool explained = known_.contains(PatternOf(placed.tensor->name).pattern);
    return {AxisOfVector(placed, may_be[0], explained)};
  }
  const auto expected = ExpectedAxes(placed.role);
  const auto of_residual = std::ranges::count(may_be, true);
  const bool ordered = shape.size() == 2 && expected &&
                       (spec_ != nullptr || HasOutputsFirst(placed.tensor->stored_name()));
  if (of_residual == 1) {
    axes[static_cast<std::size_t>(std::ranges::find(may_be, true) - may_be.begin())] =
        Axis::kResidual;
  } else if (of_residual == 0 || !ordered) {
    return axes;
  }
  if (shape.size() != 2 || !expected) return axes;
  if (of_residual > 1) return {expected->begin(), expected->end()};
  const Axis other = expected->front() == Axis::kResidual ? expected->back() : expected->front();
  std::ranges::replace(axes, Axis::kOther, other);
  return axes;
}

void TensorPlacer::PlaceAxes(std::uint64_t residual, std::span<PlacedTensor> tensors) const {
  for (PlacedTensor& placed : tensors) placed.axes = AxesOf(placed, residual);
}

}  // namespace modelkin
