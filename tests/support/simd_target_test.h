// Runs a test once on every instruction set that the program has and the machine can run.
#ifndef MODELKIN_TESTS_SUPPORT_SIMD_TARGET_TEST_H_
#define MODELKIN_TESTS_SUPPORT_SIMD_TARGET_TEST_H_

#include <gtest/gtest.h>

#include <string>

#include "kernels/simd_target.h"

namespace modelkin::testing {

// Instantiate with ::testing::ValuesIn(SupportedSimdTargets()) and SimdTargetName.
class SimdTargetTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ForceSimdTarget(GetParam()));
    ASSERT_EQ(ActiveSimdTarget(), GetParam());
  }
  void TearDown() override { ForceSimdTarget(""); }
};

inline std::string SimdTargetName(const ::testing::TestParamInfo<std::string>& info) {
  return info.param;
}

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_SUPPORT_SIMD_TARGET_TEST_H_
