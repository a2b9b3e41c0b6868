#include "base/error.h"

#include <gtest/gtest.h>

#include <string>

#include "support/expect_error.h"

namespace modelkin {
namespace error_test {

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
  const std::string hostile = "a\nb\r\x1B[31mc\x7F\u202E\xFF";
  const Error error(ErrorKind::kBadInput, "is odd", {.file = hostile, .tensor = hostile});
  EXPECT_TRUE(testing::IsOneSafeLine(error.what())) << error.what();
  EXPECT_EQ(std::string(error.what()).find("\u202E"), std::string::npos);
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
