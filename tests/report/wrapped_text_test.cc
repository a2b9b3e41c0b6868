#include "report/wrapped_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/escaped_text.h"
#include "report/display_width.h"
#include "report/text_table.h"

namespace modelkin {
namespace wrapped_text_test {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A name as it gets to a terminal, of what nobody should call a tensor.
const std::string kHostileName =
    Printable("evil\x1b[2J\x1b]0;title\x07 \u202Emodel.\u200Fweight\xff\xc2");

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth(""), 0);
  EXPECT_EQ(DisplayWidth("w\u00e9ight"), 6);
  EXPECT_EQ(DisplayWidth("\u2581\u2581"), 2);        // the space of SentencePiece
  EXPECT_EQ(DisplayWidth("모델 가중치"), 11);        // each syllable is two columns wide
  EXPECT_EQ(DisplayWidth("\u1106\u1169\u1103"), 4);  // 모 of two letters, and ㄷ
  EXPECT_EQ(DisplayWidth("模型，"), 6);
  EXPECT_EQ(DisplayWidth("\U0001F600"), 2);
}

TEST(DisplayWidth, MarksStandOnTheCharacterBefore) {
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(DisplayWidth("\u0915\u093f\u094d"), 2);  // a vowel that takes its own column; a virama
  EXPECT_EQ(DisplayWidth("\u05e9\u05c1"), 1);
  EXPECT_EQ(DisplayWidth("a\u200d\ufe0f"), 1);
}

TEST(DisplayWidth, TakesNoColumnsForStyles) {
  const TextStyle style(true);
  EXPECT_EQ(DisplayWidth(style.Bold("a") + style.Related("b") + style.Partly("c") +
                         style.Nothing("d") + style.Bad("e") + style.Good("f") + style.Dim("g")),
            7);
  EXPECT_EQ(DisplayWidth("\x1b[8m"), 4);  // no code of ours: TerminalText makes an escape of it
}

TEST(WithinWidth, WrapsUnderWhereWordsBegin) {
  EXPECT_EQ(WithinWidth("as it is\n\n", 20), "as it is\n\n");
  EXPECT_EQ(WithinWidth("  - one two three four\n", 14), "  - one two\n    three four\n");
  EXPECT_EQ(WithinWidth("  |    one two three\n", 14), "  |    one two\n  |    three\n");
  EXPECT_EQ(WithinWidth("  F32   24 kB in 48 tensors\n", 20),
            "  F32   24 kB in 48\n        tensors\n");
  EXPECT_EQ(WithinWidth("no end of line here", 10), "no end of\nline here\n");
}

TEST(WithinWidth, LeavesRowsOfTablesAsTheyAre) {
  for (const std::string row :
       {"  lm_head.weight             1   0.9982  0.0606\n", "| a cell | another cell | more |\n",
        "                          a long heading\n"}) {
    EXPECT_EQ(WithinWidth(row, 20), row);
  }
}

TEST(WithinWidth, CountsNoCodesAndKeepsThem) {
  const TextStyle style(true);
  const std::string bold = style.Bold("one two three");
  EXPECT_EQ(WithinWidth(bold + "\n", 13), bold + "\n");
  EXPECT_EQ(LinesOf(WithinWidth(bold + "\n", 8)).size(), 2);
}

TEST(Wrapped, KeepsWordsWithinTheWidth) {
  EXPECT_EQ(Wrapped("one two three", {.width = 8}), "one two\nthree\n");
  EXPECT_EQ(Wrapped("one two three", {.width = 13}), "one two three\n");
  EXPECT_EQ(Wrapped("one two three", {.width = 10, .indent = 2}), "  one two\n  three\n");
  EXPECT_EQ(Wrapped("a  b\n\nc", {.width = 10, .indent = 1}), " a b\n\n c\n");
}

TEST(Wrapped, BeginsWithALabel) {
  EXPECT_EQ(Wrapped("one two three", {.width = 14, .indent = 6, .label = "  Sum"}),
            "  Sum one two\n      three\n");
  EXPECT_EQ(Wrapped("one two three", {.width = 14, .indent = 3, .label = "Summary"}),
            "Summary one\n   two three\n");
  EXPECT_EQ(Wrapped("", {.width = 14, .indent = 6, .label = "Sum"}), "Sum\n");
}

TEST(Wrapped, CountsWideCharacters) {
  EXPECT_EQ(Wrapped("두 모델은 같다", {.width = 10}), "두 모델은\n같다\n");
  EXPECT_EQ(Wrapped("가나다라마", {.width = 5}), "가나\n다라\n마\n");
}

TEST(Wrapped, BreaksAWordThatNoLineHolds) {
  EXPECT_EQ(Wrapped("see /a/very/long/path here", {.width = 8}),
            "see\n/a/very/\nlong/pat\nh here\n");
  EXPECT_EQ(Wrapped("abe\u0301cd", {.width = 3}), "abe\u0301\ncd\n");
  // No room at all: a character a line, and an end.
  EXPECT_EQ(Wrapped("ab", {.width = 2, .indent = 4}), "    a\n    b\n");
}

TEST(Wrapped, CountsNoStyle) {
  const TextStyle style(true);
  EXPECT_EQ(Wrapped(style.Bold("one") + " two three", {.width = 8}),
            style.Bold("one") + " two\nthree\n");
}

TEST(Wrapped, KeepsHostileNamesWithinTheWidth) {
  for (unsigned width = 1; width < 60; ++width) {
    const std::string text = Wrapped("tensor " + kHostileName + " is there", {.width = width});
    for (const std::string& line : LinesOf(text)) EXPECT_LE(DisplayWidth(line), width) << text;
    EXPECT_THAT(text, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\u202E"))));
  }
}

TEST(Shortened, LeavesWhatFits) {
  EXPECT_EQ(Shortened("self_attn.q_proj.weight", 23), "self_attn.q_proj.weight");
  EXPECT_EQ(Shortened("", 0), "");
}

TEST(Shortened, LeavesMoreOfTheEnd) {
  EXPECT_EQ(Shortened("self_attn.q_proj.weight", 16), "self...oj.weight");
  const std::string shortened = Shortened("model.layers.0.self_attn.q_proj.weight", 24);
  EXPECT_THAT(shortened, AllOf(StartsWith("model.l"), HasSubstr("..."), EndsWith("proj.weight")));
  EXPECT_EQ(DisplayWidth(shortened), 24);
}

TEST(Shortened, NeverExceedsTheColumns) {
  for (const std::string& name :
       {std::string("self_attn.q_proj.weight"), std::string("모델.가중치.레이어.하나.둘"),
        std::string("e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301"),
        std::string("\u1106\u1169\u1103\u1166\u11af\u1106\u1169\u1103\u1166\u11af"),
        kHostileName}) {
    for (std::size_t columns = 0; columns < 40; ++columns) {
      const std::string shortened = Shortened(name, columns);
      EXPECT_LE(DisplayWidth(shortened), columns) << name;
      if (DisplayWidth(name) > columns && columns > 3) {
        EXPECT_THAT(shortened, HasSubstr("..."));
        EXPECT_GE(DisplayWidth(shortened) + 3, columns) << name;  // a wide character at each end
      }
    }
  }
}

TEST(Shortened, LeavesNoMarkWithoutItsCharacter) {
  EXPECT_EQ(Shortened("abcde\u0301f", 4), "...f");
  EXPECT_EQ(Shortened("e\u0301abcdef", 6), "e\u0301...ef");
}

}  // namespace wrapped_text_test
}  // namespace modelkin
