// Activation functions against their formulas in double.
#include "inference/activation_function.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

namespace modelkin {
namespace activation_function_test {

struct Case {
  const char* name;
  std::function<double(double)> formula;
  // Of exp, erf and tanh in float; next to 1 for large x, and relative to x below 0, where gelu is
  // a difference of numbers near 1.
  double bound;
};

double Logistic(double x) { return 1 / (1 + std::exp(-x)); }
double Silu(double x) { return x * Logistic(x); }
double QuickGelu(double x) { return x * Logistic(1.702 * x); }
double Gelu(double x) { return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2)); }
double GeluTanh(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}
double Relu(double x) { return x > 0 ? x : 0; }
double ReluSquared(double x) { return x > 0 ? x * x : 0; }

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"silu", Silu, 4e-7},
      {"swish", Silu, 4e-7},
      {"gelu", Gelu, 4e-7},
      {"gelu_python", Gelu, 4e-7},
      {"gelu_new", GeluTanh, 4e-7},
      {"gelu_pytorch_tanh", GeluTanh, 4e-7},
      {"gelu_fast", GeluTanh, 4e-7},
      {"gelu_accurate", GeluTanh, 4e-7},
      {"quick_gelu", QuickGelu, 4e-7},
      {"relu", Relu, 0},
      {"relu2", ReluSquared, 1e-7},
  };
  return cases;
}

float Value(const char* name, float x) {
  Apply(*ParseActivationFunction(name), {&x, 1});
  return x;
}

TEST(ActivationFunction, ByFormula) {
  for (const Case& tested : Cases()) {
    for (double x = -12; x <= 12; x += 0.0625) {
      const double expected = tested.formula(x);
      EXPECT_NEAR(Value(tested.name, static_cast<float>(x)), expected,
                  tested.bound * (std::abs(x) + std::abs(expected)))
          << tested.name << " " << x;
    }
  }
}

TEST(ActivationFunction, FarFromZero) {
  for (const Case& tested : Cases()) {
    EXPECT_EQ(Value(tested.name, 0), 0) << tested.name;
    EXPECT_EQ(Value(tested.name, -1e4F), 0) << tested.name;
    EXPECT_EQ(Value(tested.name, 1024), static_cast<float>(tested.formula(1024))) << tested.name;
  }
}

// What went wrong before must show after.
TEST(ActivationFunction, NanStaysNan) {
  for (const Case& tested : Cases()) EXPECT_TRUE(std::isnan(Value(tested.name, NAN)));
}

TEST(ActivationFunction, UnknownNames) {
  for (const char* name : {"", "Silu", "gelu ", "tanh", "silu\n", "relu6"}) {
    EXPECT_FALSE(ParseActivationFunction(name)) << name;
  }
}

TEST(ActivationFunction, NoValues) { Apply(ActivationFunction::kSilu, {}); }

}  // namespace activation_function_test
}  // namespace modelkin
