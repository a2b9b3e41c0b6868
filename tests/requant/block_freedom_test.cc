#include "requant/block_freedom.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "kernels/block_encoder.h"

namespace modelkin {
namespace block_freedom_test {

std::vector<float> Drawn(std::size_t count, unsigned seed) {
  std::mt19937 draw(seed);
  std::normal_distribution<float> normal(0, 0.02F);
  std::vector<float> values(count);
  for (float& value : values) value = normal(draw);
  return values;
}

struct Made {
  const BlockForm& form;
  const BlockEncoder& encoder;
  std::vector<float> values;
  std::vector<std::byte> block;
};

Made Make(std::string_view name, unsigned seed) {
  const BlockEncoder& encoder = *FindBlockEncoder(name);
  Made made{.form = *FindBlockForm(name),
            .encoder = encoder,
            .values = Drawn(encoder.values, seed),
            .block = std::vector<std::byte>(encoder.bytes)};
  encoder.encode(made.values.data(), 1, Contraction::kNone, made.block.data());
  return made;
}

const std::vector<std::string_view> kFree = {"Q4_0", "Q4_1", "Q5_0", "Q5_1",   "Q2_K",  "Q3_K",
                                             "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"};

TEST(BlockFreedom, CodesOfTheQuantiserFollow) {
  for (const std::string_view name : kFree) {
    SCOPED_TRACE(name);
    for (unsigned seed = 0; seed < 20; ++seed) {
      const Made made = Make(name, seed);
      const BlockDistance distance = DistanceOf(made.form, made.block.data(), made.values.data());
      EXPECT_TRUE(distance.codes_follow) << seed;
      EXPECT_GT(distance.squares, 0);
    }
  }
}

TEST(BlockFreedom, AStrangersDoNot) {
  for (const std::string_view name : kFree) {
    SCOPED_TRACE(name);
    for (unsigned seed = 0; seed < 20; ++seed) {
      const Made made = Make(name, seed);
      const std::vector<float> others = Drawn(made.values.size(), seed + 1000);
      EXPECT_FALSE(DistanceOf(made.form, made.block.data(), others.data()).codes_follow) << seed;
    }
  }
}

// Of forms whose codes follow from what is stored, one changed code is always seen; of others a
// line may still lead through all.
TEST(BlockFreedom, SeesAChangedCode) {
  for (const std::string_view name : kFree) {
    SCOPED_TRACE(name);
    int seen = 0;
    constexpr int kTries = 60;
    for (unsigned seed = 0; seed < kTries; ++seed) {
      Made made = Make(name, seed);
      made.block[made.block.size() / 2 - seed % 4] ^= std::byte{1};
      seen += DistanceOf(made.form, made.block.data(), made.values.data()).codes_follow ? 0 : 1;
    }
    EXPECT_GE(seen, FreedomOf(Make(name, 0).form).freedom == CodeFreedom::kStored ? kTries : 45);
  }
}

TEST(BlockFreedom, HasNoneOfWhatFollowsFromValues) {
  for (const std::string_view name : {"Q8_0", "MXFP4", "NVFP4"}) {
    EXPECT_EQ(FreedomOf(*FindBlockForm(name)).freedom, CodeFreedom::kNone) << name;
  }
}

TEST(BlockFreedom, ValuesThatAreNotFiniteAreInfinitelyFar) {
  Made made = Make("Q4_K", 1);
  made.values[17] = NAN;
  const BlockDistance distance = DistanceOf(made.form, made.block.data(), made.values.data());
  EXPECT_TRUE(std::isinf(distance.squares));
  EXPECT_FALSE(distance.codes_follow);
}

}  // namespace block_freedom_test
}  // namespace modelkin
