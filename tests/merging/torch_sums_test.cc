#include "merging/torch_sums.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace modelkin {
namespace torch_sums_test {

std::vector<float> Values(std::size_t count) {
  std::vector<float> values;
  std::uint32_t state = 12345;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    values.push_back(static_cast<float>((state >> 8) / 16777216.0 - 0.4));
  }
  return values;
}

// What torch 2.15 gives.
struct TorchGave {
  std::size_t count;
  float of_one_thread, of_two_threads, norm;
};

TEST(TorchSums, AreTorchsToTheBit) {
  for (const TorchGave& gave : std::vector<TorchGave>{
           {1, -0x1.84b52a0000000p-2F, -0x1.84b52a0000000p-2F, 0x1.84b52a0000000p-2F},
           {5, 0x1.0014d80000000p-3F, 0x1.0014d80000000p-3F, 0x1.9565a80000000p-1F},
           {7, -0x1.10d4e00000000p-4F, -0x1.10d4e00000000p-4F, 0x1.b2160e0000000p-1F},
           {8, 0x1.4ece220000000p-4F, 0x1.4ece220000000p-4F, 0x1.b8ae600000000p-1F},
           {100, 0x1.bb7aca0000000p+3F, 0x1.bb7aca0000000p+3F, 0x1.8c42ca0000000p+1F},
           {5000, 0x1.ebc7c40000000p+8F, 0x1.ebc7c40000000p+8F, 0x1.56b6680000000p+4F},
           {40000, 0x1.e93a7a0000000p+11F, 0x1.e93a780000000p+11F, 0x1.e7282c0000000p+5F},
       }) {
    const std::vector<float> values = Values(gave.count);
    EXPECT_EQ(TorchSum(values), gave.of_one_thread) << gave.count;
    EXPECT_EQ(TorchSum(values, 2), gave.of_two_threads) << gave.count;
    EXPECT_EQ(TorchNorm(values), gave.norm) << gave.count;
  }
  EXPECT_EQ(TorchSum({}), 0);
  EXPECT_EQ(TorchNorm({}), 0);
}

}  // namespace torch_sums_test
}  // namespace modelkin
