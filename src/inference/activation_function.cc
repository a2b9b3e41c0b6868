#include "inference/activation_function.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/exponentials.h"

namespace modelkin {
namespace {

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
  const auto sigmoid = [&](float scale, float cubic) {
    MultiplyBySigmoid(values.data(), values.size(), scale, cubic);
  };
  switch (function) {
    case ActivationFunction::kSilu: sigmoid(1, 0); return;
    case ActivationFunction::kGelu:
      Map(values, [](float x) {
        return 0.5F * x * (1 + std::erf(x * static_cast<float>(std::numbers::sqrt2 / 2)));
      });
      return;
    // (1 + tanh(u)) / 2 = 1 / (1 + exp(-2 u)), with u = sqrt(2 / pi) (x + 0.044715 x^3)
    case ActivationFunction::kGeluTanh: sigmoid(2 * 0.7978845608028654F, 0.044715F); return;
    case ActivationFunction::kQuickGelu: sigmoid(1.702F, 0); return;
    case ActivationFunction::kRelu: Map(values, [](float x) { return std::max(x, 0.0F); }); return;
    case ActivationFunction::kReluSquared:
      Map(values, [](float x) { return x <= 0 ? 0 : x * x; });
      return;
  }
}

}  // namespace modelkin
