// Blocks that are made here against those of ggml's own code (tests/data/requant), byte for byte.
#include "kernels/block_encoder.h"

#include <gtest/gtest.h>

#include <cstring>

#include "checkpoint/checkpoint.h"
#include "checkpoint/tensor_reader.h"
#include "kernels/block_form.h"
#include "support/simd_target_test.h"

namespace modelkin {
namespace block_encoder_test {

using testing::SimdTargetName;
using testing::SimdTargetTest;

const Checkpoint& Fixtures() {
  static const Checkpoint fixtures =
      OpenCheckpoint(MODELKIN_TEST_DATA "/requant/blocks.safetensors");
  return fixtures;
}

std::vector<std::byte> BytesOf(const std::string& name) {
  const Tensor& tensor = *Fixtures().Find(name);
  std::vector<std::byte> scratch;
  const auto bytes = TensorReader(Fixtures(), tensor).Read(0, tensor.elements, scratch);
  return {bytes.begin(), bytes.end()};
}

std::vector<float> Values() {
  const std::vector<std::byte> bytes = BytesOf("values");
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::vector<std::byte> Encoded(const BlockEncoder& encoder, const std::vector<float>& values,
                               Contraction contraction) {
  std::vector<std::byte> blocks(values.size() / encoder.values * encoder.bytes);
  encoder.encode(values.data(), values.size() / encoder.values, contraction, blocks.data());
  return blocks;
}

template <class Function>
void ForEncoders(const Function& f) {
  for (const auto encoders : {SmallBlockEncoders(), SuperBlockEncoders()}) {
    for (const BlockEncoder& encoder : encoders) {
      SCOPED_TRACE(encoder.name);
      f(encoder);
    }
  }
}

class BlockEncoders : public SimdTargetTest {};
INSTANTIATE_TEST_SUITE_P(Targets, BlockEncoders, ::testing::ValuesIn(SupportedSimdTargets()),
                         SimdTargetName);

TEST_P(BlockEncoders, WriteTheBytesOfTheReference) {
  const std::vector<float> values = Values();
  ForEncoders([&](const BlockEncoder& encoder) {
    EXPECT_EQ(Encoded(encoder, values, Contraction::kNone), BytesOf(std::string(encoder.name)));
  });
}

TEST_P(BlockEncoders, WriteThoseOfABuildThatFusesSums) {
  const std::vector<float> values = Values();
  int different = 0;
  ForEncoders([&](const BlockEncoder& encoder) {
    const std::string fused = std::string(encoder.name) + ".fused";
    const bool is_different = Fixtures().Find(fused) != nullptr;
    different += is_different ? 1 : 0;
    // That build of libgguf has no others.
    if (encoder.name == "MXFP4" || encoder.name == "NVFP4" || encoder.values == 128) return;
    EXPECT_EQ(Encoded(encoder, values, Contraction::kFused),
              BytesOf(is_different ? fused : std::string(encoder.name)));
  });
  EXPECT_GE(different, 2);
}

TEST_P(BlockEncoders, DoNotDependOnTheBlocksBeside) {
  const std::vector<float> values = Values();
  ForEncoders([&](const BlockEncoder& encoder) {
    const std::vector<std::byte> all = Encoded(encoder, values, Contraction::kNone);
    for (std::size_t i = 0; i < values.size() / encoder.values; i += 5) {
      std::vector<std::byte> one(encoder.bytes);
      encoder.encode(values.data() + i * encoder.values, 1, Contraction::kNone, one.data());
      EXPECT_EQ(std::memcmp(one.data(), all.data() + i * encoder.bytes, one.size()), 0) << i;
    }
  });
}

TEST(BlockEncoderList, HasTheSizesOfItsForms) {
  ForEncoders([](const BlockEncoder& encoder) {
    const BlockForm* const form = FindBlockForm(encoder.name);
    ASSERT_NE(form, nullptr);
    EXPECT_EQ(encoder.values, form->values);
    EXPECT_EQ(encoder.bytes, form->bytes);
    EXPECT_EQ(FindBlockEncoder(encoder.name), &encoder);
  });
  EXPECT_EQ(FindBlockEncoder("IQ2_XS"), nullptr);
}

}  // namespace block_encoder_test
}  // namespace modelkin
