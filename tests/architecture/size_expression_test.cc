#include "architecture/size_expression.h"

#include <gtest/gtest.h>

#include <limits>

namespace modelkin {
namespace size_expression_test {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

std::optional<std::uint64_t> Evaluate(std::string_view expression) {
  return EvaluateSize(expression, [](std::string_view name) -> std::optional<std::uint64_t> {
    if (name == "heads") return 12;
    if (name == "kv_heads") return 4;
    if (name == "dim2") return 64;
    if (name == "huge") return kLargest;
    if (name == "nothing") return 0;
    return std::nullopt;
  });
}

TEST(EvaluateSize, Arithmetic) {
  EXPECT_EQ(Evaluate("heads"), 12U);
  EXPECT_EQ(Evaluate("7"), 7U);
  EXPECT_EQ(Evaluate("heads * dim2"), 768U);
  EXPECT_EQ(Evaluate("(heads + 2 * kv_heads) * dim2"), 1280U);
  EXPECT_EQ(Evaluate("heads + 2 * kv_heads"), 20U);
  EXPECT_EQ(Evaluate("dim2 / kv_heads / 2"), 8U);
  EXPECT_EQ(Evaluate("  heads*2 "), 24U);
  EXPECT_EQ(Evaluate("nothing * huge"), 0U);
  EXPECT_EQ(Evaluate("dim2 // heads"), 5U);
  EXPECT_EQ(Evaluate("(heads + 5 - 1) // 5 * 5"), 15U);
  EXPECT_EQ(Evaluate("heads - kv_heads - 8"), 0U);
}

TEST(EvaluateSize, RefusesWhatIsNoSize) {
  for (const char* expression :
       {"", "unknown", "heads * unknown", "dim2 / heads", "heads / nothing", "heads *", "* heads",
        "(heads", "heads)", "heads heads", "huge + 1", "huge * 2", "2x", "99999999999999999999",
        "kv_heads - heads", "heads // nothing", "heads /// 2", "heads -"}) {
    EXPECT_EQ(Evaluate(expression), std::nullopt) << expression;
  }
}

TEST(NamesIn, EachOnceInOrder) {
  EXPECT_EQ(NamesIn("(heads + 2 * kv_heads) * heads"),
            (std::vector<std::string_view>{"heads", "kv_heads"}));
  EXPECT_TRUE(NamesIn("3 * 16").empty());
  EXPECT_TRUE(NamesIn("").empty());
}

TEST(SplitShape, Axes) {
  EXPECT_EQ(SplitShape("heads * dim2, residual"),
            (std::vector<std::string_view>{"heads * dim2", "residual"}));
  EXPECT_EQ(SplitShape("vocab"), (std::vector<std::string_view>{"vocab"}));
  EXPECT_TRUE(SplitShape("").empty());
}

}  // namespace size_expression_test
}  // namespace modelkin
