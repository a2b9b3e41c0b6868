#include "kernels/simd_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace modelkin {
namespace simd_target_test {

TEST(SimdTarget, BestIsUsedUnlessAnotherIsForced) {
  const std::vector<std::string> targets = SupportedSimdTargets();
  ASSERT_FALSE(targets.empty());
  EXPECT_EQ(ActiveSimdTarget(), targets.front());
  for (const std::string& target : targets) {
    ASSERT_TRUE(ForceSimdTarget(target));
    EXPECT_EQ(ActiveSimdTarget(), target);
    EXPECT_EQ(SupportedSimdTargets(), targets);
  }
  ASSERT_TRUE(ForceSimdTarget(""));
  EXPECT_EQ(ActiveSimdTarget(), targets.front());
}

TEST(SimdTarget, UnknownNameChangesNothing) {
  const std::string last = SupportedSimdTargets().back();
  ASSERT_TRUE(ForceSimdTarget(last));
  for (const char* name : {"AVX9", "avx2", " ", "NEON", "unknown"}) {
    EXPECT_FALSE(ForceSimdTarget(name)) << name;
    EXPECT_EQ(ActiveSimdTarget(), last) << name;
  }
  ForceSimdTarget("");
}

TEST(SimdTarget, NamesAreDistinct) {
  std::vector<std::string> targets = SupportedSimdTargets();
  std::ranges::sort(targets);
  EXPECT_EQ(std::ranges::adjacent_find(targets), targets.end());
}

}  // namespace simd_target_test
}  // namespace modelkin
