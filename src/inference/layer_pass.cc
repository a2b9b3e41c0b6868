#include "inference/layer_pass.h"

#include "inference/norms.h"

namespace modelkin {

Activations LayerPass::Linear(const Activations& x, std::string_view part, std::size_t outputs,
                              bool bias) const {
  return bias ? LinearWithBias(weights, x, Name(part), outputs)
              : modelkin::Linear(weights, x, Name(part), outputs);
}

Activations LayerPass::RmsNorm(Activations x, std::string_view part, double epsilon) const {
  RmsNormalise(x, weights.Vector(Name(part) + ".weight", x.columns), epsilon, weights.threads());
  return x;
}

Activations LayerPass::LayerNorm(Activations x, std::string_view part, double epsilon) const {
  return modelkin::LayerNorm(weights, std::move(x), Name(part), epsilon);
}

Activations LayerNorm(const Weights& weights, Activations x, const std::string& name,
                      double epsilon, bool bias) {
  LayerNormalise(x, weights.Vector(name + ".weight", x.columns),
                 bias ? weights.Vector(name + ".bias", x.columns) : std::vector<float>(), epsilon,
                 weights.threads());
  return x;
}

}  // namespace modelkin
