#include "inference/activation_function.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace modelkin {
namespace {

float Sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

float GeluTanh(float x) {
  constexpr float kScale = 0.7978845608028654F;  // sqrt(2 / pi)
  return 0.5F * x * (1 + std::tanh(kScale * (x + 0.044715F * x * x * x)));
}

template <class Function>
void Map(std::span<float> values, Function function) {
  for (float& value : values) value = function(value);
}

}  // namespace

std::optional<ActivationFunction> ParseActivationFunction(std::string_view name) {
  using enum ActivationFunction;
  if (name == "silu" || name == "swish") return kSilu;
  if (name == "gelu" || name == "gelu_python") return kGelu;
  if (name == "gelu_new" || name == "gelu_pytorch_tanh" || name == "gelu_fast" ||
      name == "gelu_accurate") {
    return kGeluTanh;
  }
  if (name == "quick_gelu") return kQuickGelu;
  if (name == "relu") return kRelu;
  if (name == "relu2") return kReluSquared;
  return std::nullopt;
}

void Apply(ActivationFunction function, std::span<float> values) {
  switch (function) {
    case ActivationFunction::kSilu: Map(values, [](float x) { return x * Sigmoid(x); }); return;
    case ActivationFunction::kGelu:
      Map(values, [](float x) {
        return 0.5F * x * (1 + std::erf(x * static_cast<float>(std::numbers::sqrt2 / 2)));
      });
      return;
    case ActivationFunction::kGeluTanh: Map(values, GeluTanh); return;
    case ActivationFunction::kQuickGelu:
      Map(values, [](float x) { return x * Sigmoid(1.702F * x); });
      return;
    case ActivationFunction::kRelu: Map(values, [](float x) { return std::max(x, 0.0F); }); return;
    case ActivationFunction::kReluSquared:
      Map(values, [](float x) { return x <= 0 ? 0 : x * x; });
      return;
  }
}

}  // namespace modelkin
