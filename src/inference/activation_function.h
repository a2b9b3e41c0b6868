// The non-linear functions of MLPs.
#ifndef MODELKIN_INFERENCE_ACTIVATION_FUNCTION_H_
#define MODELKIN_INFERENCE_ACTIVATION_FUNCTION_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace modelkin {

enum class ActivationFunction : std::uint8_t {
  kSilu,       // x / (1 + exp(-x)), also called swish
  kGelu,       // x Phi(x) (Hendrycks and Gimpel, "Gaussian error linear units", 2016)
  kGeluTanh,   // its approximation by tanh, in the same place
  kQuickGelu,  // its approximation x / (1 + exp(-1.702 x)), in the same place
  kRelu,
  kReluSquared,  // max(x, 0)^2
};

// By the name that config.json has: "silu", "swish", "gelu", "gelu_new", "gelu_pytorch_tanh",
// "gelu_fast", "quick_gelu", "relu", "relu2". Nothing for another.
std::optional<ActivationFunction> ParseActivationFunction(std::string_view name);

void Apply(ActivationFunction function, std::span<float> values);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_ACTIVATION_FUNCTION_H_
