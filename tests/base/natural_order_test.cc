#include "base/natural_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace modelkin {
namespace natural_order_test {

TEST(NaturalLess, ComparesRunsOfDigitsAsNumbers) {
  EXPECT_TRUE(NaturalLess("layers.2.w", "layers.10.w"));
  EXPECT_FALSE(NaturalLess("layers.10.w", "layers.2.w"));
  EXPECT_TRUE(NaturalLess("a9b2", "a9b10"));
  EXPECT_TRUE(NaturalLess("99999999999999999999", "100000000000000000000"));
}

TEST(NaturalLess, ComparesTheRestAsText) {
  EXPECT_TRUE(NaturalLess("a", "b"));
  EXPECT_TRUE(NaturalLess("a", "aa"));
  EXPECT_TRUE(NaturalLess("", "a"));
  EXPECT_TRUE(NaturalLess("a.1", "a.1.b"));
  EXPECT_TRUE(NaturalLess("a.1", "a.b"));
  EXPECT_FALSE(NaturalLess("same", "same"));
}

TEST(NaturalLess, NumbersThatDifferInLeadingZerosOnlyAreStillOrdered) {
  EXPECT_NE(NaturalLess("a1", "a01"), NaturalLess("a01", "a1"));
  EXPECT_TRUE(NaturalLess("a01.x", "a1.y"));
  EXPECT_TRUE(NaturalLess("a1.x", "a01.y"));
  EXPECT_TRUE(NaturalLess("a0", "a1"));
  EXPECT_TRUE(NaturalLess("a00", "a1"));
}

TEST(NaturalLess, IsAStrictOrder) {
  std::vector<std::string> names;
  const std::vector<std::string> parts = {"",   "0", "00", "1", "01",
                                          "10", "2", "a",  ".", "\xC3\xA4"};
  for (const auto& a : parts) {
    for (const auto& b : parts) {
      for (const auto& c : parts) names.push_back(a + b + c);
    }
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  std::ranges::sort(names, NaturalLess);
  // Were the order not transitive or not total, some later name would come before an earlier one.
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t k = i + 1; k < names.size(); ++k) {
      ASSERT_TRUE(NaturalLess(names[i], names[k])) << names[i] << " " << names[k];
      ASSERT_FALSE(NaturalLess(names[k], names[i])) << names[i] << " " << names[k];
    }
  }
}

}  // namespace natural_order_test
}  // namespace modelkin
