// Faults of the length field and of the file's size.
#include <gtest/gtest.h>

#include <limits>

#include "storage/refusal.h"

namespace modelkin {
namespace safetensors_length_test {

using testing::EntryText;
using testing::ExpectRefusedAt;
using testing::LengthField;
using testing::RawSafetensorsFile;
using testing::ReadHeaderOf;

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

TEST(SafetensorsLength, EmptyFile) { ExpectRefusedAt("", 0, "the file is empty"); }

TEST(SafetensorsLength, FileShorterThanTheLengthField) {
  for (std::size_t bytes = 1; bytes < 8; ++bytes) {
    ExpectRefusedAt(std::string(bytes, '\0'), 0,
                    std::to_string(bytes) + " bytes, shorter than the 8-byte length field");
  }
}

TEST(SafetensorsLength, EightBytesOnly) {
  ExpectRefusedAt(LengthField(0), 8, "the header is not a JSON object");
  ExpectRefusedAt(LengthField(1), 0, "header length 1 reaches past the file's end at byte 8");
}

TEST(SafetensorsLength, Zero) {
  ExpectRefusedAt(LengthField(0) + "{}", 8, "the header is not a JSON object");
}

TEST(SafetensorsLength, OneToSevenWithinAHeader) {
  const std::string header = R"({"weight":)" + EntryText("U8", "[1]", "[0,1]") + "}";
  for (std::uint64_t length = 1; length < 8; ++length) {
    ExpectRefusedAt(LengthField(length) + header + "x", 8 + length, "not valid JSON");
  }
}

TEST(SafetensorsLength, OneByteShortOfTheHeader) {
  const std::string header = R"({"weight":)" + EntryText("U8", "[1]", "[0,1]") + "}";
  ExpectRefusedAt(LengthField(header.size() - 1) + header + "x", 8 + header.size() - 1,
                  "not valid JSON");
}

TEST(SafetensorsLength, PastTheEndOfASmallFile) {
  ExpectRefusedAt(LengthField(1000) + "{}", 0,
                  "header length 1000 reaches past the file's end at byte 10");
}

TEST(SafetensorsLength, OnePastTheEnd) {
  ExpectRefusedAt(LengthField(3) + "{}", 0,
                  "header length 3 reaches past the file's end at byte 10");
}

TEST(SafetensorsLength, Huge) {
  ExpectRefusedAt(LengthField(0xFFFFFF000000003C) + "{}", 0, "over the limit of 100000000 bytes");
}

TEST(SafetensorsLength, WrapsRoundWhenTheFieldIsAdded) {
  for (const std::uint64_t length : {kMax, kMax - 7, kMax - 6, kMax - 5}) {
    ExpectRefusedAt(LengthField(length) + "{}", 0, "over the limit of 100000000 bytes");
  }
}

TEST(SafetensorsLength, BigEndian) {
  ExpectRefusedAt(std::string("\0\0\0\0\0\0\0\x02{}", 10), 0, "over the limit");
}

TEST(SafetensorsLength, OfExactlyTheLimitIsAccepted) {
  std::string file = LengthField(kMaxSafetensorsHeaderBytes) + "{}";
  file.resize(8 + kMaxSafetensorsHeaderBytes, ' ');
  EXPECT_EQ(ReadHeaderOf(file).header_bytes, 8 + kMaxSafetensorsHeaderBytes);
}

TEST(SafetensorsLength, OneOverTheLimit) {
  std::string file = LengthField(kMaxSafetensorsHeaderBytes + 1) + "{}";
  file.resize(8 + kMaxSafetensorsHeaderBytes + 1, ' ');
  ExpectRefusedAt(file, 0, "header length 100000001 is over the limit of 100000000 bytes");
}

TEST(SafetensorsLength, FileTruncatedInTheHeader) {
  const std::string file =
      RawSafetensorsFile(R"({"weight":)" + EntryText("F32", "[2]", "[0,8]") + "}", 8);
  ExpectRefusedAt(file.substr(0, 30), 0, "reaches past the file's end at byte 30 (truncated?)");
}

TEST(SafetensorsLength, EveryTruncationOfAFileIsRefused) {
  const std::string file =
      RawSafetensorsFile(R"({"weight":)" + EntryText("F32", "[2]", "[0,8]") + "}", 8);
  EXPECT_NO_THROW(ReadHeaderOf(file));
  for (std::size_t bytes = 0; bytes < file.size(); ++bytes) {
    testing::CatchError(ErrorKind::kBadInput, [&] { ReadHeaderOf(file.substr(0, bytes)); });
  }
}

}  // namespace safetensors_length_test
}  // namespace modelkin
