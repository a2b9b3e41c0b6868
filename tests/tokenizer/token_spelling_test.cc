#include "tokenizer/token_spelling.h"

#include <gtest/gtest.h>

namespace modelkin {
namespace token_spelling_test {

TEST(UndoSpelling, ByteLevel) {
  const auto undo = [](std::string_view text) { return UndoSpelling(Spelling::kByteLevel, text); };
  EXPECT_EQ(undo("Ġthe"), " the");
  EXPECT_EQ(undo("Ċ"), "\n");
  EXPECT_EQ(undo("ÃŃ"), "\xC3\xAD");  // an acute i in two bytes
  EXPECT_EQ(undo("Āġ"), std::string("\0\x7F", 2));
  EXPECT_EQ(undo("plain!"), "plain!");
  EXPECT_EQ(undo(""), "");
}

// Every byte once, whatever it is spelled with.
TEST(UndoSpelling, ByteLevelIsABijection) {
  std::string spelled;
  int next = 0x100;
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) ||
                           (byte >= 0xAE && byte <= 0xFF);
    const int code = printable ? byte : next++;
    if (code < 0x80) {
      spelled += static_cast<char>(code);
    } else {
      spelled += static_cast<char>(0xC0 | code >> 6);
      spelled += static_cast<char>(0x80 | (code & 0x3F));
    }
    bytes += static_cast<char>(byte);
  }
  EXPECT_EQ(next, 0x144);
  EXPECT_EQ(UndoSpelling(Spelling::kByteLevel, spelled), bytes);
}

TEST(UndoSpelling, WhatIsNotByteLevelStays) {
  for (const char* text : {"a b", "\xE4\xB8\xAD", "\xC4", "\xC4x", "\xFF", "\xC5\xBF"}) {
    EXPECT_EQ(UndoSpelling(Spelling::kByteLevel, text), text);
  }
}

TEST(UndoSpelling, Metaspace) {
  EXPECT_EQ(UndoSpelling(Spelling::kMetaspace, "\xE2\x96\x81the\xE2\x96\x81\xE2\x96\x81"),
            " the  ");
  EXPECT_EQ(UndoSpelling(Spelling::kMetaspace, "the"), "the");
}

TEST(IsByteToken, Names) {
  EXPECT_TRUE(IsByteToken("<0x0A>"));
  EXPECT_TRUE(IsByteToken("<0xff>"));
  for (const char* text : {"<0x0>", "<0x0G>", "<0x0A", "0x0A", "<0x0A> ", ""}) {
    EXPECT_FALSE(IsByteToken(text)) << text;
  }
}

}  // namespace token_spelling_test
}  // namespace modelkin
