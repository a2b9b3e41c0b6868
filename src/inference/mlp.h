// MLPs, and mixtures of experts.
#ifndef MODELKIN_INFERENCE_MLP_H_
#define MODELKIN_INFERENCE_MLP_H_

#include <cstddef>
#include <cstdint>
#include <functional>

#include "inference/activation_function.h"
#include "inference/activations.h"
#include "inference/layer_pass.h"
#include "inference/router.h"

namespace modelkin {

// down(f(gate x) * up x) (Shazeer, "GLU variants improve transformer", arXiv 2002.05202, section 2)
// with the weights of one of the layer's MLPs.
Activations GatedMlp(const LayerPass& pass, const Activations& x, MlpId mlp, std::size_t width,
                     ActivationFunction function, bool bias = false);

// down(f(up x)).
Activations PlainMlp(const LayerPass& pass, const Activations& x, MlpId mlp, std::size_t width,
                     ActivationFunction function, bool bias);

// What an expert makes of its tokens' rows. `probe` may be null.
using ExpertFunction = std::function<Activations(const Activations& rows, std::uint32_t expert,
                                                 unsigned threads, MlpProbe* probe)>;

// down(f(gate x) * up x) of an expert.
ExpertFunction GatedExpert(const LayerPass& pass, std::size_t width, ActivationFunction function);

// What a router's weights multiply.
enum class ExpertWeighing : std::uint8_t { kOutputs, kInputs };

// For each token the sum of what its experts make of it, by their weights, in order of experts'
// numbers. Only experts that some token chose are read.
Activations MixExperts(const LayerPass& pass, const Activations& x, const RouterChoice& choice,
                       const ExpertFunction& expert,
                       ExpertWeighing weighing = ExpertWeighing::kOutputs);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_MLP_H_
