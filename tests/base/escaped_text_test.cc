#include "base/escaped_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace modelkin {
namespace escaped_text_test {

constexpr const char* kControls[] = {"\x1b",   "\x07",   "\x7f",   "\u0080",     "\u009b",
                                     "\u061c", "\u200e", "\u202e", "\u2028",     "\u2066",
                                     "\u2069", "\ufeff", "\ufff9", "\U000E0041", "\U000E007F"};

TEST(Controls, AreEscapedInEveryForm) {
  for (const std::string control : kControls) {
    const std::string text = "a" + control + "b";
    for (const std::string& escaped : {Printable(text), WithoutControls(text), TerminalText(text),
                                       MarkdownText(text), MarkdownCode(text), CsvField(text)}) {
      EXPECT_THAT(escaped, ::testing::Not(::testing::HasSubstr(control)));
      EXPECT_THAT(escaped, ::testing::StartsWith(escaped.front() == '`' ? "`a\\" : "a\\"));
    }
  }
}

TEST(Controls, AreWhatTheyWereInJson) {
  EXPECT_EQ(AsciiControlsJson("\"\u009b\u202e\x7f\U000E0041\""),
            "\"\\u009b\\u202e\\u007f\\udb40\\udc41\"");
  const std::string plain = "{\n\"key\": \"\u00e9\u4e2d\\u001b\", \"n\": [1, 2]\n}\n";
  EXPECT_EQ(AsciiControlsJson(plain), plain);
}

TEST(Controls, AreNotWhatScriptsAndEmojiNeed) {
  for (const std::string text : {"\u00e9", "\u4e2d\u6587", "\ud55c", "\U0001F468\u200d\U0001F469",
                                 "\u05d0", "\u0939\u200c"}) {
    EXPECT_EQ(Printable(text), text);
    EXPECT_EQ(TerminalText(text), text);
    EXPECT_EQ(MarkdownText(text), text);
    EXPECT_EQ(CsvField(text), text);
    EXPECT_EQ(AsciiControlsJson(text), text);
  }
}

TEST(TerminalText, KeepsLinesAndOurOwnStyles) {
  const std::string text = "\x1b[1mhead\x1b[0m\n\x1b[2mdim\x1b[0m\n";
  EXPECT_EQ(TerminalText(text), text);
}

TEST(TerminalText, KeepsNoOtherSequence) {
  EXPECT_EQ(TerminalText("\x1b[8mhidden"), "\\x1b[8mhidden");
  EXPECT_EQ(TerminalText("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
  EXPECT_EQ(TerminalText("\x1b\x1b[1m"), "\\x1b\x1b[1m");
  EXPECT_EQ(TerminalText("a\rb"), "a\\x0db");
  EXPECT_EQ(TerminalText("a\xff\xc2"), "a\\xff\\xc2");
}

TEST(MarkdownText, HasNoMarkup) {
  EXPECT_EQ(MarkdownText("<img src=x onerror=y>"), "&lt;img src=x onerror=y&gt;");
  EXPECT_EQ(MarkdownText("[a](b) ![c](d)"), "\\[a](b) !\\[c](d)");
  EXPECT_EQ(MarkdownText("**a** _b_ `c` ~~d~~ a|b $x$ &lt;"),
            "\\*\\*a\\*\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~ a\\|b \\$x\\$ &amp;lt;");
  EXPECT_EQ(MarkdownText("a\\*b"), "a\\\\\\*b");
  EXPECT_EQ(MarkdownText("hidden_size a__b _a_ a_ _ ._a_"),
            "hidden_size a__b \\_a\\_ a\\_ \\_ .\\_a\\_");
}

TEST(MarkdownText, HasNoLinks) {
  EXPECT_EQ(MarkdownText("see https://evil.example/x now"), "see `https://evil.example/x` now");
  EXPECT_EQ(MarkdownText("www.evil.example"), "`www.evil.example`");
  EXPECT_EQ(MarkdownText("mail a@b.c, @user"), "mail `a@b.c,` `@user`");
  EXPECT_EQ(MarkdownText("evil.example"), "`evil.example`");
  EXPECT_EQ(MarkdownText("`https://a`"), "`` `https://a` ``");
  EXPECT_EQ(MarkdownText("a@``b"), "```a@``b```");
  EXPECT_EQ(MarkdownText("a.b|c\\|d"), "`a.b\\|c\\\\\\|d`");
}

TEST(MarkdownText, BeginsNoBlock) {
  EXPECT_EQ(MarkdownText("- a"), "\\- a");
  EXPECT_EQ(MarkdownText("# a"), "\\# a");
  EXPECT_EQ(MarkdownText("12. a"), "12\\. a");
  EXPECT_EQ(MarkdownText("3)"), "3\\)");
  EXPECT_EQ(MarkdownText("---"), "\\---");
  EXPECT_EQ(MarkdownText("===="), "\\====");
  EXPECT_EQ(MarkdownText("a\n# b"), "a\\x0a\\# b");
}

TEST(MarkdownText, LeavesProseAndNumbersAlone) {
  const std::string text = "A share of 0.9% was found (p = 10^-6), in 3 of 4 layers: \"same\".";
  EXPECT_EQ(MarkdownText(text), text);
  for (const char* const number : {"-1", "+0.5", "0.5", "4.57.1", "1e-05"}) {
    EXPECT_EQ(MarkdownText(number), number);
  }
  EXPECT_EQ(MarkdownText(""), "");
  EXPECT_EQ(MarkdownText("  "), "  ");
}

TEST(MarkdownCode, CantBeLeft) {
  EXPECT_EQ(MarkdownCode("a"), "`a`");
  EXPECT_EQ(MarkdownCode(""), "`  `");
  EXPECT_EQ(MarkdownCode("a`b"), "``a`b``");
  EXPECT_EQ(MarkdownCode("`"), "`` ` ``");
}

TEST(MarkdownBlock, CantBeLeft) {
  EXPECT_EQ(MarkdownBlock("a\n"), "```\na\n```\n");
  EXPECT_EQ(MarkdownBlock("a\n````\nb"), "`````\na\n````\nb\n`````\n");
}

TEST(CsvField, IsText) {
  EXPECT_EQ(CsvField("plain"), "plain");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("a;b"), "\"a;b\"");
  EXPECT_EQ(CsvField("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(CsvField("a\nb"), "a\\x0ab");
}

TEST(CsvField, IsNoFormula) {
  for (const std::string sign : {"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"}) {
    EXPECT_EQ(CsvField(sign + "1"), "\"'" + sign + "1\"");
    EXPECT_EQ(CsvField(" " + sign + "1"), "\"' " + sign + "1\"");
  }
  EXPECT_EQ(CsvField("\t=1"), "\\x09=1");
  EXPECT_EQ(CsvField("=\"a\",b"), "\"'=\"\"a\"\",b\"");
}

}  // namespace escaped_text_test
}  // namespace modelkin
