// Faults of sizes and places: what the header says against what the file holds.
#include <gtest/gtest.h>

#include "storage/refusal.h"

namespace modelkin {
namespace safetensors_offsets_test {

using testing::EntryText;
using testing::ExpectRefusedAfter;
using testing::ExpectRefusedAt;
using testing::RawSafetensorsFile;
using testing::ReadHeaderOf;

std::string OneTensor(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return R"({"w":)" + EntryText(dtype, shape, offsets) + "}";
}

std::string TwoTensors(std::string_view first_offsets, std::string_view second_offsets) {
  return R"({"v":)" + EntryText("U8", "[4]", first_offsets) + R"(,"w":)" +
         EntryText("U8", "[4]", second_offsets) + "}";
}

TEST(SafetensorsSpan, DataOneByteShort) {
  ExpectRefusedAfter(R"({"w")", OneTensor("F32", "[2]", "[0,8]"),
                     "data_offsets [0, 8] reach past the end of the data, which has 7 bytes "
                     "(truncated?)",
                     "w", 7);
}

TEST(SafetensorsSpan, NoDataAtAll) {
  ExpectRefusedAfter(R"({"w")", OneTensor("F32", "[2]", "[0,8]"),
                     "reach past the end of the data, which has 0 bytes", "w", 0);
}

TEST(SafetensorsSpan, OneByteAfterTheData) {
  const std::string header = OneTensor("F32", "[2]", "[0,8]");
  ExpectRefusedAt(RawSafetensorsFile(header, 9), 8 + header.size() + 8,
                  "1 bytes after the last tensor's end belong to no tensor");
}

TEST(SafetensorsSpan, DataWithoutAnyTensor) {
  ExpectRefusedAt(RawSafetensorsFile("{}", 5), 10,
                  "5 bytes after the last tensor's end belong to no tensor");
}

TEST(SafetensorsSpan, ArchiveAppendedToAValidFile) {
  const std::string header = OneTensor("U8", "[4]", "[0,4]");
  const std::string file = RawSafetensorsFile(header, 4) + "PK\x05\x06" + std::string(18, '\0');
  ExpectRefusedAt(file, 8 + header.size() + 4, "22 bytes after the last tensor's end");
}

TEST(SafetensorsSpan, ShapeTimesWidthIsLarger) {
  ExpectRefusedAfter(R"({"w")", OneTensor("F32", "[3]", "[0,8]"),
                     "shape [3] of F32 takes 12 bytes, but data_offsets [0, 8] span 8", "w", 8);
}

TEST(SafetensorsSpan, ShapeTimesWidthIsSmaller) {
  ExpectRefusedAfter(R"({"w")", OneTensor("F16", "[3]", "[0,8]"),
                     "shape [3] of F16 takes 6 bytes, but data_offsets [0, 8] span 8", "w", 8);
}

TEST(SafetensorsSpan, ScalarWithoutData) {
  ExpectRefusedAfter(R"({"w")", OneTensor("F32", "[]", "[0,0]"), "shape [] of F32 takes 4 bytes",
                     "w", 0);
}

TEST(SafetensorsSpan, EmptyTensorWithData) {
  ExpectRefusedAfter(R"({"w")", OneTensor("F32", "[0]", "[0,4]"), "shape [0] of F32 takes 0 bytes",
                     "w", 4);
}

TEST(SafetensorsSpan, ProductOfTheShapeOverflows) {
  ExpectRefusedAfter(R"({"w")", OneTensor("U8", "[2,18446744073709551614]", "[0,4]"),
                     "shape [2, 18446744073709551614] overflows 64 bits", "w", 4);
  // Wraps round to 0.
  ExpectRefusedAfter(R"({"w")", OneTensor("U8", "[4294967296,4294967296]", "[0,0]"),
                     "overflows 64 bits", "w", 0);
}

TEST(SafetensorsSpan, ElementsTimesWidthOverflow) {
  // 2^61 * 64 bits wraps round to 0.
  ExpectRefusedAfter(R"({"w")", OneTensor("F64", "[2305843009213693952]", "[0,0]"),
                     "is no whole number of bytes below 2^61", "w", 0);
  ExpectRefusedAfter(R"({"w")", OneTensor("U8", "[18446744073709551615]", "[0,4]"),
                     "is no whole number of bytes below 2^61", "w", 4);
}

TEST(SafetensorsSpan, OverflowIsNotExcusedByAZeroDimension) {
  for (const char* shape : {"[0,18446744073709551615,2]", "[18446744073709551615,2,0]"}) {
    ExpectRefusedAfter(R"({"w")", OneTensor("U8", shape, "[0,0]"), "overflows 64 bits", "w", 0);
  }
}

TEST(SafetensorsSpan, LargeDimensionNextToAZeroIsEmptyInEitherOrder) {
  for (const char* shape : {"[0,18446744073709551615]", "[18446744073709551615,0]"}) {
    const auto header = ReadHeaderOf(RawSafetensorsFile(OneTensor("U8", shape, "[0,0]")));
    EXPECT_EQ(header.tensors.at(0).elements, 0U) << shape;
  }
}

TEST(SafetensorsSpan, F4WithAnOddCount) {
  ExpectRefusedAfter(R"({"w")", OneTensor("F4", "[3]", "[0,2]"),
                     "shape [3] of F4 is no whole number of bytes", "w", 2);
  ExpectRefusedAfter(R"({"w")", OneTensor("F4", "[1,1]", "[0,1]"),
                     "shape [1, 1] of F4 is no whole number of bytes", "w", 1);
}

TEST(SafetensorsSpan, F6ThatEndsWithinAByte) {
  ExpectRefusedAfter(R"({"w")", OneTensor("F6_E2M3", "[2]", "[0,2]"),
                     "shape [2] of F6_E2M3 is no whole number of bytes", "w", 2);
}

TEST(SafetensorsRange, BeginAfterEnd) {
  ExpectRefusedAfter(R"({"w")", OneTensor("U8", "[4]", "[4,0]"), "data_offsets [4, 0] are reversed",
                     "w", 4);
  ExpectRefusedAfter(R"({"w")", OneTensor("U8", "[4]", "[18446744073709551615,3]"), "are reversed",
                     "w", 4);
}

TEST(SafetensorsRange, OutOfTheFile) {
  ExpectRefusedAfter(R"({"w")", OneTensor("U8", "[4]", "[1000,1004]"),
                     "data_offsets [1000, 1004] reach past the end of the data, which has 4 bytes",
                     "w", 4);
  ExpectRefusedAfter(R"({"w")",
                     OneTensor("U8", "[4]", "[18446744073709551611,18446744073709551615]"),
                     "reach past the end of the data", "w", 4);
}

TEST(SafetensorsRange, FirstTensorDoesNotBeginAtZero) {
  const std::string header = OneTensor("U8", "[4]", "[1,5]");
  ExpectRefusedAt(RawSafetensorsFile(header, 5), 8 + header.size() + 1,
                  "data begins after the tensor before it ends at byte " +
                      std::to_string(8 + header.size()) + " (hole)",
                  "w");
}

TEST(SafetensorsRange, EmptyTensorDoesNotBeginAtZero) {
  const std::string header = OneTensor("U8", "[0]", "[3,3]");
  ExpectRefusedAt(RawSafetensorsFile(header, 3), 8 + header.size() + 3, "(hole)", "w");
}

TEST(SafetensorsRange, Hole) {
  const std::string header = TwoTensors("[0,4]", "[5,9]");
  ExpectRefusedAt(RawSafetensorsFile(header, 9), 8 + header.size() + 5, "(hole)", "w");
}

TEST(SafetensorsRange, OverlapOfOneByte) {
  const std::string header = TwoTensors("[0,4]", "[3,7]");
  ExpectRefusedAt(RawSafetensorsFile(header, 7), 8 + header.size() + 3, "(overlap)", "w");
}

TEST(SafetensorsRange, OverlapInTheOtherOrderOfEntries) {
  const std::string header = TwoTensors("[3,7]", "[0,4]");
  ExpectRefusedAt(RawSafetensorsFile(header, 7), 8 + header.size() + 3, "(overlap)", "v");
}

TEST(SafetensorsRange, TwoTensorsOnOneRange) {
  const std::string header = TwoTensors("[0,4]", "[0,4]");
  ExpectRefusedAt(RawSafetensorsFile(header, 4), 8 + header.size(), "(overlap)", "w");
}

TEST(SafetensorsRange, TensorWithinAnother) {
  const std::string header = R"({"v":)" + EntryText("U8", "[8]", "[0,8]") + R"(,"w":)" +
                             EntryText("U8", "[2]", "[2,4]") + "}";
  ExpectRefusedAt(RawSafetensorsFile(header, 8), 8 + header.size() + 2, "(overlap)", "w");
}

TEST(SafetensorsRange, EmptyTensorWithinAnother) {
  const std::string header = R"({"v":)" + EntryText("U8", "[8]", "[0,8]") + R"(,"w":)" +
                             EntryText("U8", "[0]", "[2,2]") + "}";
  ExpectRefusedAt(RawSafetensorsFile(header, 8), 8 + header.size() + 2, "(overlap)", "w");
}

TEST(SafetensorsRange, HundredThousandTensorsOnOneRange) {
  std::string header = "{";
  for (int i = 0; i < 100'000; ++i) {
    header += (i > 0 ? ",\"" : "\"") + std::to_string(100'000 + i) +
              "\":" + EntryText("U8", "[4]", "[0,4]");
  }
  header += '}';
  ExpectRefusedAt(RawSafetensorsFile(header, 4), 8 + header.size(), "(overlap)", "100001");
}

}  // namespace safetensors_offsets_test
}  // namespace modelkin
