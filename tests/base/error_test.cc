#include "base/error.h"

#include <gtest/gtest.h>

#include <string>

#include "support/expect_error.h"

namespace modelkin {
namespace error_test {

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

TEST(Error, NamesFileTensorAndByteInThatOrder) {
  const Error error(ErrorKind::kBadInput, "is odd",
                    {.file = "m.safetensors", .tensor = "w", .offset_bytes = 42});
  EXPECT_STREQ(error.what(), R"(m.safetensors: tensor "w": byte 42: is odd)");
  EXPECT_EQ(error.site().file, "m.safetensors");
  EXPECT_EQ(error.site().tensor, "w");
  EXPECT_EQ(error.site().offset_bytes, 42U);
}

TEST(Error, LeavesOutWhatIsNotKnown) {
  EXPECT_STREQ(Error(ErrorKind::kUsage, "no input").what(), "no input");
  EXPECT_STREQ(Error(ErrorKind::kIo, "cannot open", {.file = "f"}).what(), "f: cannot open");
  EXPECT_STREQ(Error(ErrorKind::kBadInput, "bad", {.file = "f", .offset_bytes = 0}).what(),
               "f: byte 0: bad");
}

TEST(Error, IsOneSafeLineWhateverTheNamesHold) {
  const std::string hostile = "a\nb\r\x1B[31mc\x7F" + Utf8(0x202E) + "\xFF";
  const Error error(ErrorKind::kBadInput, "is odd", {.file = hostile, .tensor = hostile});
  EXPECT_TRUE(testing::IsOneSafeLine(error.what())) << error.what();
  EXPECT_EQ(std::string(error.what()).find(Utf8(0x202E)), std::string::npos);
  EXPECT_EQ(error.site().tensor, hostile);  // as it is in the file
}

TEST(Error, CutsATensorNameButNotAPath) {
  const Error error(ErrorKind::kBadInput, "x",
                    {.file = std::string(1000, 'f'), .tensor = std::string(1000, 't')});
  EXPECT_EQ(std::string(error.what()),
            std::string(1000, 'f') + ": tensor \"" + std::string(256, 't') + "...\": x");
}

TEST(ErrorKind, IsTheExitCode) {
  EXPECT_EQ(static_cast<int>(ErrorKind::kUsage), 2);
  EXPECT_EQ(static_cast<int>(ErrorKind::kBadInput), 3);
  EXPECT_EQ(static_cast<int>(ErrorKind::kIo), 4);
}

}  // namespace error_test
}  // namespace modelkin
