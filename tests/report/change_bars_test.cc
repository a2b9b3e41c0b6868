#include "report/change_bars.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "report/change_text.h"
#include "report/display_width.h"

namespace modelkin {
namespace change_bars_test {

using ::testing::HasSubstr;

TEST(ChangeText, HasTwoDigitsAndNeverRoundsToNone) {
  EXPECT_EQ(ChangeText(0), "0%");
  EXPECT_EQ(ChangeText(1e-12), "<0.01%");
  EXPECT_EQ(ChangeText(0.0009), "0.090%");
  EXPECT_EQ(ChangeText(0.005), "0.50%");
  EXPECT_EQ(ChangeText(0.0812), "8.1%");
  EXPECT_EQ(ChangeText(0.0996), "10%");
  EXPECT_EQ(ChangeText(1.414), "141%");
  EXPECT_EQ(ChangeText(1e6), ">999%");
  EXPECT_EQ(ChangeText(std::numeric_limits<double>::infinity()), "undef");
}

TEST(ChangeBars, DrawsThemToOneScale) {
  EXPECT_EQ(ChangeBars({{.name = "embed", .change = 0.5},
                        {.name = "q", .change = 0.25},
                        {.name = "norm", .change = 1e-6},
                        {.name = "same", .change = 0.0},
                        {.name = "head", .change = {}, .note = "only in b"}},
                       {.width = 36}),
            " embed |    50% ++++++++++++++++++++\n"
            " q     |    25% ++++++++++\n"
            " norm  | <0.01% +\n"
            " same  |     0%\n"
            " head  | only in b\n");
}

TEST(ChangeBars, KeepsWithinTheWidth) {
  const std::vector<ChangeBar> bars = {
      {.name = std::string(120, 'n'), .change = 0.5, .note = "12,345 of 12,345"},
      {.name = "모델.레이어.가중치.모델.레이어.가중치.모델.레이어.가중치",
       .change = 1e-6,
       .note = "1 of 2"},
      {.name = "e\u0301e\u0301", .change = {}, .note = std::string(200, 'x')}};
  for (unsigned width = 40; width < 160; ++width) {
    const std::string text = ChangeBars(bars, {.width = width});
    EXPECT_THAT(text, HasSubstr("50% ++"));
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      EXPECT_LE(DisplayWidth(text.substr(begin, end - begin)), width) << text;
      begin = end + 1;
    }
  }
}

TEST(ChangeBars, OfNoneAreNone) { EXPECT_EQ(ChangeBars({}, {.width = 80}), ""); }

}  // namespace change_bars_test
}  // namespace modelkin
