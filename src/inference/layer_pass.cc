#include "inference/layer_pass.h"

#include "inference/norms.h"

namespace modelkin {

Activations LayerPass::Linear(const Activations& x, std::string_view part, std::size_t outputs,
                              bool bias) const {
  return bias ? LinearWithBias(weights, x, Name(part), outputs)
              : modelkin::Linear(weights, x, Name(part), outputs);
}

Activations LayerPass::RmsNorm(Activations x, std::string_view part, double epsilon) const {
  RmsNormalise(x, weights.Vector(Name(part) + ".weight", x.columns), epsilon);
  return x;
}

Activations LayerPass::LayerNorm(Activations x, std::string_view part, double epsilon) const {
  LayerNormalise(x, weights.Vector(Name(part) + ".weight", x.columns),
                 weights.Vector(Name(part) + ".bias", x.columns), epsilon);
  return x;
}

}  // namespace modelkin
