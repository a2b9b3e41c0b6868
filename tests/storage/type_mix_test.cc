#include "storage/type_mix.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/coded_weight.h"

namespace modelkin {
namespace type_mix_test {

// A matrix of a layer, in blocks of a type.
Tensor Matrix(const std::string& name, const std::string& type, std::uint64_t elements,
              std::uint64_t bytes) {
  CodedWeight coded{.label = type};
  coded.parts.push_back({.name = name, .length_bytes = bytes});
  return {.name = name,
          .shape = {1, elements},
          .elements = elements,
          .coded = std::make_shared<const CodedWeight>(std::move(coded))};
}

TEST(TypeMixTest, NamesAMixThatFits) {
  const std::vector<Tensor> tensors = {Matrix("blk.0.ffn_up.weight", "Q4_K", 512, 288),
                                       Matrix("blk.0.attn_v.weight", "Q6_K", 256, 210),
                                       Matrix("token_embd.weight", "Q6_K", 2560, 2100)};
  const TypeMix mix = MixOf(tensors, 15);
  EXPECT_EQ(mix.name, "Q4_K_M");
  EXPECT_EQ(MixOf(tensors, 17).name, "");  // most of its layers would be Q5_K
  EXPECT_EQ(MixOf(tensors, 999).name, "");
  EXPECT_EQ(MixOf(tensors, {}).name, "");
  EXPECT_EQ(MixOf(std::span(tensors).first(1), 15).name, "");  // mixed, but nothing is
  EXPECT_EQ(MixOf(std::span(tensors).first(1), 14).name, "Q4_K_S");
  EXPECT_EQ(MixOf({}, 15).name, "");
}

TEST(TypeMixTest, CountsTypes) {
  const std::vector<Tensor> tensors = {Matrix("blk.0.ffn_up.weight", "Q4_K", 512, 288),
                                       Matrix("blk.0.attn_v.weight", "Q6_K", 256, 210),
                                       Matrix("blk.1.attn_v.weight", "Q6_K", 256, 210)};
  const TypeMix mix = MixOf(tensors, {});
  EXPECT_DOUBLE_EQ(mix.bits_a_weight, 8.0 * 708 / 1024);
  ASSERT_EQ(mix.types.size(), 2U);
  EXPECT_EQ(mix.types[1].type, "Q6_K");
  EXPECT_EQ(mix.types[1].tensors, 2U);
  EXPECT_EQ(mix.types[1].elements, 512U);
  EXPECT_EQ(mix.types[1].bytes, 420U);
  EXPECT_EQ(MixOf({}, {}).bits_a_weight, 0);
}

}  // namespace type_mix_test
}  // namespace modelkin
