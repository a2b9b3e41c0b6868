#include "requant/group_rules.h"

#include <gtest/gtest.h>

#include <cmath>

#include "numeric/decode.h"

namespace modelkin {
namespace group_rules_test {

GroupsLayout LayoutOf(GroupRule rule, CodeSet codes, unsigned bits = 8) {
  GroupsLayout layout;
  layout.rule = rule;
  layout.codes = codes;
  layout.bits = bits;
  layout.scales.dtype = DType::kF32;
  return layout;
}

TEST(NearestLevel, IsThatOfEachCode) {
  const GroupsLayout e4m3 = LayoutOf(GroupRule::kMagnitude, CodeSet::kE4M3);
  for (unsigned code = 0; code < 256; ++code) {
    const float value = Float8E4M3ToFloat(static_cast<std::uint8_t>(code));
    if (!std::isfinite(value)) continue;
    EXPECT_EQ(NearestLevel(e4m3, value), value) << code;
  }
  EXPECT_EQ(NearestLevel(e4m3, 1000), 448);
  EXPECT_EQ(NearestLevel(e4m3, 17), 16);  // half way: the even one
  EXPECT_EQ(NearestLevel(e4m3, 19), 20);
  const GroupsLayout e2m1 = LayoutOf(GroupRule::kPowers, CodeSet::kE2M1, 4);
  for (const auto& [place, level] : {std::pair(0.24F, 0.0F),
                                     {0.25F, 0.0F},
                                     {0.3F, 0.5F},
                                     {0.75F, 1.0F},
                                     {2.5F, 2.0F},
                                     {5.0F, 4.0F},
                                     {5.1F, 6.0F}}) {
    EXPECT_EQ(NearestLevel(e2m1, place), level) << place;
    EXPECT_EQ(NearestLevel(e2m1, -place), -level) << place;
  }
  EXPECT_EQ(NearestLevel(LayoutOf(GroupRule::kMagnitude, CodeSet::kUnsigned, 4), 20), 15);
  EXPECT_EQ(NearestLevel(LayoutOf(GroupRule::kMaxima, CodeSet::kNf4, 4), 0.04F),
            0.07958029955625534F);
}

TEST(StepsFrom, IsHalfBetweenLevels) {
  const GroupsLayout e2m1 = LayoutOf(GroupRule::kPowers, CodeSet::kE2M1, 4);
  EXPECT_DOUBLE_EQ(StepsFrom(e2m1, 5, 4), 0.5);
  EXPECT_DOUBLE_EQ(StepsFrom(e2m1, 5, 6), 0.5);
  EXPECT_DOUBLE_EQ(StepsFrom(e2m1, 0.25F, 0), 0.5);
  EXPECT_DOUBLE_EQ(StepsFrom(e2m1, -0.25F, -0.5F), 0.5);
  EXPECT_DOUBLE_EQ(StepsFrom(e2m1, 9, 6), 0);  // beyond the last
  EXPECT_DOUBLE_EQ(StepsFrom(LayoutOf(GroupRule::kAffine, CodeSet::kUnsigned, 4), 16, 15), 0);
  EXPECT_DOUBLE_EQ(StepsFrom(LayoutOf(GroupRule::kAffine, CodeSet::kUnsigned, 4), 3, 5), 2);
}

TEST(ScalesOf, AreAlwaysAsMany) {
  for (const GroupRule rule : {GroupRule::kMagnitude, GroupRule::kMaxima, GroupRule::kAffine,
                               GroupRule::kPowers, GroupRule::kTwoScales, GroupRule::kAnyGrid}) {
    const CodeSet codes = rule == GroupRule::kPowers ? CodeSet::kE2M1 : CodeSet::kUnsigned;
    const GroupsLayout layout = LayoutOf(rule, codes, 4);
    GroupRange range;
    const std::vector<float> values = {-0.3F, 0.1F, 0.25F};
    range.Add(values);
    EXPECT_EQ(ScalesOf(layout, range, 1).size(), ScalesOf(layout, GroupRange(), 1).size());
  }
}

}  // namespace group_rules_test
}  // namespace modelkin
