// Products with stored matrices against sums in double.
#include "inference/linear.h"

#include <gtest/gtest.h>

#include <cmath>

#include "inference/stored_model.h"
#include "support/expect_error.h"

namespace modelkin {
namespace linear_test {

using testing::Normal;
using testing::NormalRows;
using testing::TestTensor;

// How a matrix of outputs by inputs lies in its file.
enum class Layout { kPlain, kTransposed, kEveryThirdRow, kEveryThirdColumn };

class StoredMatrix {
 public:
  StoredMatrix(const std::string& dtype, std::size_t outputs, std::size_t inputs, Layout layout,
               std::size_t bytes_before)
      : outputs_(outputs), inputs_(inputs), layout_(layout) {
    const std::size_t spread = layout == Layout::kPlain || layout == Layout::kTransposed ? 1 : 3;
    const std::vector<float> numbers = Normal(outputs * inputs * spread, outputs + inputs);
    std::string bytes =
        dtype == "F32" ? testing::F32Bytes(numbers) : testing::NarrowBytes(dtype, numbers);
    stored_ = testing::ValuesOf({"w", dtype, {}, bytes});
    std::vector<TestTensor> tensors;
    if (bytes_before > 0)
      tensors.push_back({"a", "U8", {bytes_before}, std::string(bytes_before, 'x')});
    tensors.push_back({"w.weight", dtype, {outputs * inputs * spread}, std::move(bytes)});
    tensors.push_back({"w.bias", "F32", {outputs}, testing::F32Bytes(Normal(outputs, 5))});
    bias_ = testing::ValuesOf(tensors.back());
    const Checkpoint flat = testing::CheckpointOf(folder_, tensors);
    std::vector<Tensor> named = flat.tensors();
    for (Tensor& tensor : named) {
      if (tensor.name == "w.weight") View(tensor);
    }
    weights_ = std::make_unique<const Weights>(
        Checkpoint(flat.path(), flat.files(), std::move(named), {}), 2);
  }

  const Weights& weights() const { return *weights_; }

  double At(std::size_t output, std::size_t input) const { return stored_[Place(output, input)]; }
  double Bias(std::size_t output) const { return bias_[output]; }

 private:
  std::size_t Place(std::size_t output, std::size_t input) const {
    switch (layout_) {
      case Layout::kTransposed: return input * outputs_ + output;
      case Layout::kEveryThirdRow: return (3 * output + 1) * inputs_ + input;
      case Layout::kEveryThirdColumn: return input * 3 * outputs_ + 3 * output + 2;
      default: return output * inputs_ + input;
    }
  }

  void View(Tensor& tensor) const {
    tensor.shape = {outputs_, inputs_};
    tensor.elements = outputs_ * inputs_;
    if (layout_ == Layout::kPlain) return;
    auto view = std::make_shared<TensorView>();
    view->stored_name = "stored";
    view->dimensions = {outputs_, inputs_};
    view->offset = Place(0, 0);
    view->strides = {outputs_ > 1 ? Place(1, 0) - Place(0, 0) : 1,
                     inputs_ > 1 ? Place(0, 1) - Place(0, 0) : 1};
    tensor.view = view;
  }

  testing::TemporaryDirectory folder_;
  std::size_t outputs_, inputs_;
  Layout layout_;
  std::vector<double> stored_, bias_;
  std::unique_ptr<const Weights> weights_;
};

// Each of n products and sums is rounded once, by 2^-24 of what was summed up at most.
void ExpectProduct(const StoredMatrix& matrix, const Activations& x, const Activations& out,
                   std::size_t outputs, bool bias) {
  ASSERT_EQ(out.rows, x.rows);
  ASSERT_EQ(out.columns, outputs);
  for (std::size_t row = 0; row < x.rows; ++row) {
    for (std::size_t k = 0; k < outputs; ++k) {
      double expected = bias ? matrix.Bias(k) : 0;
      double size = std::abs(expected);
      for (std::size_t i = 0; i < x.columns; ++i) {
        const double product = x.Row(row)[i] * matrix.At(k, i);
        expected += product;
        size += std::abs(product);
      }
      const double bound = static_cast<double>(x.columns + 1) * 0x1p-24 * size;
      EXPECT_NEAR(out.Row(row)[k], expected, bound) << row << " " << k;
    }
  }
}

struct Size {
  std::size_t outputs, inputs, rows;
};

void ExpectProducts(const std::string& dtype, Layout layout, std::size_t bytes_before = 0) {
  for (const Size& size : {Size{1, 1, 1}, Size{1, 7, 3}, Size{127, 9, 1}, Size{128, 9, 5},
                           Size{129, 9, 1}, Size{129, 300, 2}, Size{300, 64, 33}}) {
    SCOPED_TRACE(::testing::Message() << dtype << " " << size.outputs << " by " << size.inputs
                                      << ", " << size.rows << " rows");
    const StoredMatrix matrix(dtype, size.outputs, size.inputs, layout, bytes_before);
    const Activations x = NormalRows(size.rows, size.inputs, 3);
    ExpectProduct(matrix, x, Linear(matrix.weights(), x, "w", size.outputs), size.outputs, false);
    ExpectProduct(matrix, x, LinearWithBias(matrix.weights(), x, "w", size.outputs), size.outputs,
                  true);
  }
}

TEST(Linear, EachTypeByDefinition) {
  for (const char* dtype : {"F32", "F16", "BF16"}) ExpectProducts(dtype, Layout::kPlain);
}

TEST(Linear, Unaligned) {
  for (const std::size_t before : {1, 2, 3}) ExpectProducts("F32", Layout::kPlain, before);
  for (const char* dtype : {"F16", "BF16"}) ExpectProducts(dtype, Layout::kPlain, 1);
}

TEST(Linear, TransposedAndPartsOfOthers) {
  for (const char* dtype : {"F32", "F16", "BF16"}) {
    for (const Layout layout :
         {Layout::kTransposed, Layout::kEveryThirdRow, Layout::kEveryThirdColumn}) {
      ExpectProducts(dtype, layout, 1);
    }
  }
}

TEST(Linear, NoRows) {
  const StoredMatrix matrix("F32", 4, 3, Layout::kPlain, 0);
  const Activations out = LinearWithBias(matrix.weights(), Activations(0, 3), "w", 4);
  EXPECT_EQ(out.rows, 0U);
  EXPECT_EQ(out.columns, 4U);
}

TEST(MultiplyRows, SomeOutputs) {
  const StoredMatrix matrix("BF16", 300, 40, Layout::kPlain, 0);
  const Activations x = NormalRows(3, 40, 3);
  const Tensor& weight = matrix.weights().Require("w.weight", {300, 40});
  const Activations part = MultiplyRows(matrix.weights(), x, weight, 100, 150, 2);
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t k = 0; k < 150; ++k) {
      double expected = 0;
      for (std::size_t i = 0; i < 40; ++i) expected += x.Row(row)[i] * matrix.At(100 + k, i);
      EXPECT_NEAR(part.Row(row)[k], expected, 2e-5);
    }
  }
  EXPECT_EQ(MultiplyRows(matrix.weights(), x, weight, 100, 0, 2).columns, 0U);
}

TEST(Multiply, TheSameBitsOnAnyNumberOfThreads) {
  for (const Layout layout : {Layout::kPlain, Layout::kTransposed}) {
    const StoredMatrix matrix("BF16", 700, 128, layout, 0);
    const Tensor& weight = matrix.weights().Require("w.weight", {700, 128});
    for (const std::size_t rows : {1, 40}) {
      const Activations x = NormalRows(rows, 128, 3);
      const Activations once = Multiply(matrix.weights(), x, weight, 1);
      for (const unsigned threads : {2, 3, 7}) {
        EXPECT_EQ(Multiply(matrix.weights(), x, weight, threads).values, once.values);
      }
    }
  }
}

// Whatever follows must show that: a clamp would take infinity for a number.
TEST(Linear, InfinityBecomesNan) {
  const testing::TemporaryDirectory folder;
  const Weights weights(
      testing::CheckpointOf(folder, {{"w.weight", "F32", {2, 1}, testing::F32Bytes({INFINITY, 2})},
                                     {"w.bias", "F32", {2}, testing::F32Bytes({0, -INFINITY})}}),
      1);
  Activations x(1, 1);
  x.values = {1};
  const Activations plain = Linear(weights, x, "w", 2);
  EXPECT_TRUE(std::isnan(plain.values[0]));
  EXPECT_EQ(plain.values[1], 2);
  EXPECT_TRUE(std::isnan(LinearWithBias(weights, x, "w", 2).values[1]));
}

TEST(Weights, RefusesOtherShapesAndTypes) {
  const testing::TemporaryDirectory folder;
  const Weights weights(
      testing::CheckpointOf(folder, {{"w.weight", "F32", {2, 3}, std::string(24, '\0')},
                                     {"i.weight", "I8", {2, 3}, std::string(6, '\0')},
                                     {"d.weight", "F64", {2, 3}, std::string(48, '\0')},
                                     {"q.weight_packed", "U8", {3}, std::string(3, '\0')}}),
      1);
  const auto refuse = [&](const std::string& name, std::size_t outputs, const std::string& says) {
    const Error error = testing::CatchError(
        ErrorKind::kBadInput, [&] { Linear(weights, Activations(1, 3), name, outputs); });
    EXPECT_EQ(error.site().tensor, name + ".weight");
    EXPECT_NE(error.message().find(says), std::string::npos) << error.message();
  };
  refuse("w", 3, "[2, 3]");
  refuse("v", 2, "missing");
  refuse("i", 2, "I8");
  refuse("d", 2, "F64");
  refuse("q", 2, "quantised");
}

}  // namespace linear_test
}  // namespace modelkin
