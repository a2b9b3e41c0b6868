#include "inference/layer_pass.h"

#include <string>

#include "inference/norms.h"

namespace modelkin {
namespace {

Activations LinearOf(const Weights& weights, const Activations& x, const std::string& module,
                     std::size_t outputs, bool bias) {
  return bias ? LinearWithBias(weights, x, module, outputs) : Linear(weights, x, module, outputs);
}

Activations WithLayerNorm(const Weights& weights, Activations x, const std::string& weight,
                          const std::string& bias, double epsilon) {
  LayerNormalise(x, weights.Vector(weight, x.columns),
                 bias.empty() ? std::vector<float>() : weights.Vector(bias, x.columns), epsilon,
                 weights.threads());
  return x;
}

}  // namespace

std::vector<float> LayerPass::Vector(Role role, std::size_t size) const {
  return weights.Vector(TensorOfLayer(layer, role), size);
}

Activations LayerPass::Linear(const Activations& x, Role role, std::size_t outputs,
                              bool bias) const {
  return LinearOf(weights, x, ModuleOfLayer(layer, role), outputs, bias);
}

Activations LayerPass::Linear(const Activations& x, MlpId mlp, Role role, std::size_t outputs,
                              bool bias) const {
  return LinearOf(weights, x, ModuleOfMlp(layer, mlp, role), outputs, bias);
}

Activations LayerPass::RmsNorm(Activations x, Role role, double epsilon) const {
  RmsNormalise(x, Vector(role, x.columns), epsilon, weights.threads());
  return x;
}

Activations LayerPass::LayerNorm(Activations x, Role role, double epsilon, bool bias) const {
  return WithLayerNorm(weights, std::move(x), TensorOfLayer(layer, role),
                       bias ? TensorOfLayer(layer, role, true) : "", epsilon);
}

Activations LayerNorm(const Weights& weights, Activations x, Role role, double epsilon, bool bias) {
  return WithLayerNorm(weights, std::move(x), TensorOfModel(role),
                       bias ? TensorOfModel(role, true) : "", epsilon);
}

}  // namespace modelkin
