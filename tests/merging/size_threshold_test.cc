#include "merging/size_threshold.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <vector>

namespace modelkin {
namespace size_threshold_test {

TEST(SizeThreshold, IsWhereSortingPutsIt) {
  std::mt19937 random(1);
  std::vector<std::vector<float>> chunks(3);
  std::vector<float> sizes;
  for (auto& chunk : chunks) {
    for (int i = 0; i < 1000; ++i) {
      // Many of one size, and zeros.
      chunk.push_back(static_cast<float>(static_cast<int>(random() % 41) - 20) / 64.0F);
      sizes.push_back(std::abs(chunk.back()));
    }
  }
  std::ranges::sort(sizes, std::greater());
  const auto read = [&](std::size_t chunk, std::vector<float>& values) { values = chunks[chunk]; };
  for (const std::uint64_t kept : {1U, 2U, 777U, 1500U, 2999U, 3000U}) {
    const SizeThreshold found = FindSizeThreshold(read, chunks.size(), kept, 2);
    const float size = sizes[kept - 1];
    EXPECT_EQ(std::bit_cast<float>(found.bits), size);
    EXPECT_EQ(found.at_edge, static_cast<std::uint64_t>(std::ranges::count(sizes, size)));
    const auto above = std::ranges::count_if(sizes, [&](float other) { return other > size; });
    EXPECT_EQ(found.kept_at_edge, kept - static_cast<std::uint64_t>(above));
    EXPECT_EQ(found.is_open(), found.kept_at_edge < found.at_edge);
  }
}

}  // namespace size_threshold_test
}  // namespace modelkin
