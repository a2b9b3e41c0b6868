#include "base/nearest_name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace modelkin {
namespace nearest_name_test {

TEST(EditDistance, CountsLettersPutInTakenOutReplacedAndSwapped) {
  EXPECT_EQ(EditDistance("trace", "trace"), 0U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
  EXPECT_EQ(EditDistance("contol", "control"), 1U);
  EXPECT_EQ(EditDistance("controll", "control"), 1U);
  EXPECT_EQ(EditDistance("tracy", "trace"), 1U);
  EXPECT_EQ(EditDistance("tarce", "trace"), 1U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
  // Each letter is changed once, so that this is no swap with a letter put between.
  EXPECT_EQ(EditDistance("ca", "abc"), 3U);
}

TEST(EditDistance, IsTheSameBothWaysAndBoundedByTheLongerWord) {
  const std::vector<std::string> words = {"",    "a",     "ab",        "ba",
                                          "abc", "glm-a", "glm-a-sft", "xyzzy"};
  for (const std::string& a : words) {
    for (const std::string& b : words) {
      EXPECT_EQ(EditDistance(a, b), EditDistance(b, a)) << a << " " << b;
      EXPECT_LE(EditDistance(a, b), std::max(a.size(), b.size())) << a << " " << b;
      EXPECT_EQ(EditDistance(a, b) == 0, a == b);
    }
  }
}

TEST(EditDistance, DoesNotGoIntoLongWords) {
  const std::string longer(256, 'a');
  EXPECT_EQ(EditDistance(longer, longer), 0U);
  EXPECT_EQ(EditDistance(longer, longer + "b"), 257U);
  EXPECT_EQ(EditDistance(std::string(255, 'a'), std::string(254, 'a') + "b"), 1U);
}

TEST(NearestName, IsTheOneMeant) {
  const std::vector<std::string> commands = {"inspect", "trace", "diff", "tokenizer", "check"};
  EXPECT_EQ(NearestName("tarce", commands), "trace");
  EXPECT_EQ(NearestName("Trace", commands), "trace");
  EXPECT_EQ(NearestName("dif", commands), "diff");
  EXPECT_EQ(NearestName("tok", commands), "tokenizer");
  EXPECT_EQ(NearestName("glm-a-stf", {"glm-a", "glm-a-sft", "glm-b"}), "glm-a-sft");
}

TEST(NearestName, IsNothingWhereNothingIsNear) {
  EXPECT_EQ(NearestName("nonsense", {"inspect", "trace"}), std::nullopt);
  EXPECT_EQ(NearestName("ab", {"cd"}), std::nullopt);
  EXPECT_EQ(NearestName("x", {"y"}), std::nullopt);
  EXPECT_EQ(NearestName("t", {"trace"}), std::nullopt);
  EXPECT_EQ(NearestName("", {"trace", ""}), std::nullopt);
  EXPECT_EQ(NearestName("trace", {"trace"}), std::nullopt);
  EXPECT_EQ(NearestName("model-", {"model-a-long", "model-b-long"}), std::nullopt);
}

TEST(NearestName, IsTheFirstOfThoseAsNear) {
  EXPECT_EQ(NearestName("glm-x", {"glm-a", "glm-b"}), "glm-a");
  EXPECT_EQ(NearestName("glm-bb", {"glm-a", "glm-b"}), "glm-b");
}

}  // namespace nearest_name_test
}  // namespace modelkin
