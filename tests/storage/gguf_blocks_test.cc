// Each type of block against the values that libgguf decodes (tests/data/gguf), to the bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "checkpoint/checkpoint.h"
#include "checkpoint/tensor_reader.h"
#include "kernels/block_form.h"
#include "numeric/decode.h"
#include "storage/coded_weight.h"
#include "storage/gguf/gguf_types.h"
#include "support/simd_target_test.h"

namespace modelkin {
namespace gguf_blocks_test {

using testing::SimdTargetName;
using testing::SimdTargetTest;

const std::string kFolder = MODELKIN_TEST_DATA "/gguf/";

const Checkpoint& Blocks() {
  static const Checkpoint blocks = OpenCheckpoint(kFolder + "blocks.gguf");
  return blocks;
}

const Checkpoint& Values() {
  static const Checkpoint values = OpenCheckpoint(kFolder + "values.gguf");
  return values;
}

std::vector<float> ValuesOf(const Checkpoint& checkpoint, const Tensor& tensor, std::uint64_t begin,
                            std::uint64_t count) {
  std::vector<std::byte> scratch;
  const auto bytes = TensorReader(checkpoint, tensor).Read(begin, count, scratch);
  std::vector<float> values(count);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::vector<float> AllOf(const Checkpoint& checkpoint, const Tensor& tensor) {
  return ValuesOf(checkpoint, tensor, 0, tensor.elements);
}

std::vector<std::uint32_t> BitsOf(std::span<const float> values) {
  std::vector<std::uint32_t> bits(values.size());
  std::ranges::transform(values, bits.begin(),
                         [](float v) { return std::bit_cast<std::uint32_t>(v); });
  return bits;
}

class GgufBlocks : public SimdTargetTest {};
INSTANTIATE_TEST_SUITE_P(Targets, GgufBlocks, ::testing::ValuesIn(SupportedSimdTargets()),
                         SimdTargetName);

TEST_P(GgufBlocks, HaveTheValuesOfTheReferenceToTheBit) {
  std::set<std::string> types;
  for (const Tensor& tensor : Blocks().tensors()) {
    const Tensor* const expected = Values().Find(tensor.name);
    ASSERT_NE(expected, nullptr) << tensor.name;
    ASSERT_NE(tensor.coded, nullptr) << tensor.name;
    EXPECT_EQ(tensor.shape, expected->shape) << tensor.name;
    EXPECT_EQ(BitsOf(AllOf(Blocks(), tensor)), BitsOf(AllOf(Values(), *expected))) << tensor.name;
    types.insert(tensor.coded->label);
  }
  EXPECT_EQ(types.size(), 24U);
}

TEST_P(GgufBlocks, HaveTheSameValuesInAnyRange) {
  for (const Tensor& tensor : Blocks().tensors()) {
    const std::vector<float> all = AllOf(Values(), *Values().Find(tensor.name));
    for (const std::uint64_t begin : {0, 1, 31, 32, 95}) {
      for (const std::uint64_t count : {1, 2, 33, 65, 190}) {
        if (begin + count > tensor.elements) continue;
        EXPECT_EQ(BitsOf(ValuesOf(Blocks(), tensor, begin, count)),
                  BitsOf(std::span(all).subspan(begin, count)))
            << tensor.name << " from " << begin << ", " << count;
      }
    }
    const std::uint64_t last = tensor.elements - 1;
    EXPECT_EQ(BitsOf(ValuesOf(Blocks(), tensor, last, 1)), BitsOf(std::span(all).subspan(last)));
  }
}

// Values of one scale, with the steps from each.
void ExpectStepsOfOneScale(const BlockForm& form, std::span<const float> values,
                           std::span<const float> steps) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_GE(steps[i], 0);
    for (std::size_t j = 0; j < values.size(); ++j) {
      const double apart = std::abs(static_cast<double>(values[j]) - values[i]);
      // A step is at most the mean of the distances to both neighbours, so half of it is at most
      // what the farther is away; tables here have none that are three times as far on one side.
      if (values[j] != values[i]) {
        EXPECT_GT(apart, 0.49 * steps[i]);
      }
      if (!form.levels.empty() || steps[i] == 0) continue;
      EXPECT_EQ(steps[j], steps[i]);
      EXPECT_NEAR(apart / steps[i], std::round(apart / steps[i]), 1e-3);
    }
  }
}

TEST(GgufSteps, LeadFromAValueToOthersOfTheSameScale) {
  for (const Tensor& tensor : Blocks().tensors()) {
    if (!tensor.name.ends_with(".quantised")) continue;
    const BlockForm& form = *FindBlockForm(tensor.coded->label);
    const std::vector<float> values = AllOf(Blocks(), tensor);
    const auto steps = TensorReader(Blocks(), tensor).GridSteps(0, tensor.elements);
    ASSERT_TRUE(steps.has_value());
    // IQ1 shifts 8 values at a time.
    const std::size_t together = form.name.starts_with("IQ1") ? 8 : form.values_a_scale;
    for (std::size_t begin = 0; begin < values.size(); begin += together) {
      const ::testing::ScopedTrace trace(__FILE__, __LINE__, tensor.name);
      ExpectStepsOfOneScale(form, std::span(values).subspan(begin, together),
                            std::span(*steps).subspan(begin, together));
    }
  }
}

TEST(GgufSteps, AreHalfOfTheDistanceBetweenNeighboursInATable) {
  const Tensor& tensor = *Blocks().Find("MXFP4.drawn");
  const std::uint64_t begin = 32 * 128;  // an exponent of 128: values are doubled
  const std::vector<float> values = ValuesOf(Blocks(), tensor, begin, 32);
  const auto steps = TensorReader(Blocks(), tensor).GridSteps(begin, 32);
  const auto step_of = [](float magnitude) {
    if (magnitude == 12) return 4.0F;  // from 8 to 12
    if (magnitude == 8) return 3.0F;   // between 6 and 12
    if (magnitude == 6 || magnitude == 4)
      return magnitude / 4 + 0.5F;  // 2 of 4 and 8, 1.5 of 3 and 6
    return 1.0F;
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ((*steps)[i], step_of(std::abs(values[i]))) << values[i];
  }
}

// The values of one draw, as each type has them.
TEST(GgufPlain, ValuesAreThoseOfTheirTypes) {
  const Checkpoint plain = OpenCheckpoint(kFolder + "plain.gguf");
  const auto values_of = [&](std::string_view name) {
    const Tensor& tensor = *plain.Find(name);
    EXPECT_EQ(tensor.coded, nullptr);
    std::vector<std::byte> scratch;
    const auto bytes = TensorReader(plain, tensor).Read(0, tensor.elements, scratch);
    std::vector<double> values(tensor.elements);
    DecodeToDouble(tensor.dtype, bytes.data(), values.size(), values.data());
    return values;
  };
  EXPECT_EQ(plain.tensors().size(), 8U);
  const std::vector<double> exact = values_of("F64");
  EXPECT_EQ(values_of("F32"), exact);
  ASSERT_EQ(plain.Find("BF16")->shape, (Shape{3, 5}));
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const auto value = static_cast<float>(exact[i]);
    EXPECT_EQ(values_of("F16")[i], Float16ToFloat(FloatToFloat16(value)));
    EXPECT_EQ(values_of("BF16")[i], BFloat16ToFloat(FloatToBFloat16(value)));
  }
  for (const char* const name : {"int8", "int16", "int32", "int64"}) {
    EXPECT_EQ(plain.Find(name)->shape, (Shape{2, 1, 3}));
    EXPECT_THAT(values_of(name),
                ::testing::Each(::testing::AllOf(::testing::Ge(-100), ::testing::Lt(100))));
  }
  EXPECT_EQ(plain.Find("int64")->dtype, DType::kI64);
}

TEST(GgufSplit, FilesOfGgufsOwnWriterAreOneModel) {
  const Checkpoint split = OpenCheckpoint(kFolder + "split-00002-of-00003.gguf");
  EXPECT_EQ(split.files().size(), 3U);
  ASSERT_EQ(split.tensors().size(), 5U);
  for (const Tensor& tensor : split.tensors()) {
    const std::vector<float> values = AllOf(split, tensor);
    const auto deviation = std::ranges::max(values) - std::ranges::min(values);
    EXPECT_GT(deviation, 2) << tensor.name;  // of a standard normal draw of 64
    EXPECT_LT(deviation, 10) << tensor.name;
  }
}

TEST(GgufTypes, OfBlocksHaveAFormOfTheSameSizes) {
  std::size_t blocks = 0;
  for (std::uint32_t id = 0; id < 64; ++id) {
    const GgufType* const type = FindGgufType(id);
    if (type == nullptr || type->plain) continue;
    const BlockForm* const form = FindBlockForm(type->name);
    ASSERT_NE(form, nullptr) << type->name;
    EXPECT_EQ(form->values, type->values) << type->name;
    EXPECT_EQ(form->bytes, type->bytes) << type->name;
    EXPECT_EQ(form->values % form->values_a_scale, 0U) << type->name;
    ++blocks;
  }
  EXPECT_EQ(blocks, 24U);
}

}  // namespace gguf_blocks_test
}  // namespace modelkin
