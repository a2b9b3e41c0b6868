#include "base/escaped_text.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/graph_text.h"
#include "base/terminal_codes.h"

namespace modelkin {
namespace escaped_text_test {

constexpr const char* kControls[] = {
    "\x1b",   "\x07",   "\x7f",   "\u0080", "\u009b", "\u061c", "\u200e",     "\u202e",
    "\u2028", "\u2066", "\u2069", "\ufeff", "\ufff9", "\uffff", "\U000E0041", "\U000E007F"};

std::string Utf8(char32_t code_point) {
  std::string text;
  const auto tail = [&](int shift) {
    text += static_cast<char>(0x80 | ((code_point >> shift) & 0x3F));
  };
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xC0 | (code_point >> 6));
    tail(0);
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xE0 | (code_point >> 12));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0 | (code_point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
  return text;
}

TEST(Printable, KeepsOrdinaryText) {
  EXPECT_EQ(Printable(""), "");
  EXPECT_EQ(Printable("model.layers.0.q_proj.weight ~"), "model.layers.0.q_proj.weight ~");
  EXPECT_EQ(Printable("Gewicht-äöü-重み-🦙"), "Gewicht-äöü-重み-🦙");
}

TEST(Printable, EscapesQuotesAndBackslashes) { EXPECT_EQ(Printable(R"(a"b\c)"), R"(a\"b\\c)"); }

TEST(Printable, EscapesEveryAsciiControlCharacter) {
  for (int code = 0; code < 0x20; ++code) {
    const std::string shown = Printable(std::string(1, static_cast<char>(code)));
    EXPECT_EQ(shown.size(), 4U) << code;
    EXPECT_TRUE(shown.starts_with("\\x")) << code;
  }
  EXPECT_EQ(Printable("a\nb\rc\td"), R"(a\x0ab\x0dc\x09d)");
  EXPECT_EQ(Printable(std::string("a\0b", 3)), R"(a\x00b)");
  EXPECT_EQ(Printable("\x7F"), R"(\x7f)");
}

TEST(Printable, EscapesTerminalSequences) {
  EXPECT_EQ(Printable("\x1B[2J\x1B]0;title\x07"), R"(\x1b[2J\x1b]0;title\x07)");
}

TEST(Printable, EscapesC1Controls) {
  for (char32_t code = 0x80; code < 0xA0; ++code) {
    EXPECT_TRUE(Printable(Utf8(code)).starts_with("\\xc2\\x")) << static_cast<unsigned>(code);
  }
  EXPECT_EQ(Printable(Utf8(0xA0)), Utf8(0xA0));
}

TEST(Printable, EscapesEveryBidirectionalControl) {
  // The code points with the Unicode property Bidi_Control.
  for (const char32_t code : {0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E,
                              0x2066, 0x2067, 0x2068, 0x2069}) {
    EXPECT_TRUE(Printable(Utf8(code)).starts_with("\\x")) << static_cast<unsigned>(code);
  }
}

TEST(Printable, EscapesUnicodeLineBreaks) {
  EXPECT_EQ(Printable(Utf8(0x2028)), R"(\xe2\x80\xa8)");
  EXPECT_EQ(Printable(Utf8(0x2029)), R"(\xe2\x80\xa9)");
}

TEST(Printable, KeepsTheNeighboursOfUnsafeCodePoints) {
  for (const char32_t code :
       {0x061B, 0x061D, 0x200D, 0x2010, 0x2027, 0x202F, 0x205F, 0x2070, 0xFFFD, 0x10FFFF}) {
    EXPECT_EQ(Printable(Utf8(code)), Utf8(code)) << static_cast<unsigned>(code);
  }
}

TEST(Printable, EscapesInvalidUtf8ByteByByte) {
  EXPECT_EQ(Printable("\xFF"), R"(\xff)");
  EXPECT_EQ(Printable("\x80"), R"(\x80)");                          // stray continuation byte
  EXPECT_EQ(Printable("\xC0\xAF"), R"(\xc0\xaf)");                  // overlong
  EXPECT_EQ(Printable("\xE0\x80\xAF"), R"(\xe0\x80\xaf)");          // overlong
  EXPECT_EQ(Printable("\xED\xA0\x80"), R"(\xed\xa0\x80)");          // surrogate
  EXPECT_EQ(Printable("\xF4\x90\x80\x80"), R"(\xf4\x90\x80\x80)");  // above U+10FFFF
  EXPECT_EQ(Printable("\xE2\x82"), R"(\xe2\x82)");                  // ends within a sequence
  EXPECT_EQ(Printable("\xE2\x82z"), R"(\xe2\x82z)");                // broken off: z is kept
  EXPECT_EQ(Printable("\xC3\n"), R"(\xc3\x0a)");  // a lead does not hide a newline
}

TEST(Printable, CutsLongText) {
  EXPECT_EQ(Printable(std::string(10, 'x'), 10), std::string(10, 'x'));
  EXPECT_EQ(Printable(std::string(11, 'x'), 10), std::string(10, 'x') + "...");
  EXPECT_EQ(Printable(std::string(1000, 'x')), std::string(256, 'x') + "...");
}

TEST(Printable, CutsBetweenCharactersOnly) {
  EXPECT_EQ(Printable("äöü", 3), "äö...");
  EXPECT_EQ(Printable("\n\n\n", 5), R"(\x0a\x0a...)");
}

TEST(Controls, AreEscapedInEveryForm) {
  for (const std::string control : kControls) {
    const std::string text = "a" + control + "b";
    for (const std::string& escaped :
         {Printable(text), WithoutControls(text), TerminalText(text), MarkdownText(text),
          MarkdownCode(text), HtmlText(text), CsvField(text)}) {
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
  for (const std::string_view code : kStyleCodes) {
    const std::string text = fmt::format("{}head\x1b[0m\n", code);
    EXPECT_EQ(TerminalText(text), text);
  }
  // Colours that no style has: black on black says what nobody sees.
  EXPECT_EQ(TerminalText("\x1b[38;5;0m\x1b[31m"), "\\x1b[38;5;0m\\x1b[31m");
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

TEST(HtmlText, IsNoMarkup) {
  EXPECT_EQ(HtmlText("plain 한국어"), "plain 한국어");
  EXPECT_EQ(HtmlText("<a href=\"x\" id='y'>&"), "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
  EXPECT_EQ(HtmlText("a\u202e\x1b\n"), "a\\u{202E}\\u{001B}\\u{000A}");
  EXPECT_EQ(HtmlText("\xff"), "\\xff");
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

TEST(XmlText, IsTextAloneOfCharactersThatXmlHas) {
  EXPECT_EQ(XmlText("a <b> & \"c\" 'd'"), "a &lt;b&gt; &amp; &quot;c&quot; 'd'");
  EXPECT_EQ(XmlText("caf\u00e9 \u0417"), "caf\u00e9 \u0417");
  EXPECT_EQ(XmlText(std::string("\0\n", 2)), "\\x00\\x0a");
  EXPECT_EQ(XmlText("\uffff\ufffe"), "\\xef\\xbf\\xbf\\xef\\xbf\\xbe");
  EXPECT_EQ(XmlText("\xff"), "\\xff");
  for (const char* const control : kControls) {
    EXPECT_THAT(XmlText(control), ::testing::StartsWith("\\x"));
  }
}

TEST(NewickLabel, CantBeLeft) {
  EXPECT_EQ(NewickLabel("org/name"), "'org/name'");
  EXPECT_EQ(NewickLabel("a'b(c),[d]:1;"), "'a''b(c),[d]:1;'");
  EXPECT_EQ(NewickLabel(""), "''");
  EXPECT_EQ(NewickLabel("'\n\xff"), "'''\\x0a\\xff'");
}

}  // namespace escaped_text_test
}  // namespace modelkin
