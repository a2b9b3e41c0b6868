// Faults of a header's members: missing, repeated or of the wrong type.
#include <gtest/gtest.h>

#include "storage/refusal.h"

namespace modelkin {
namespace safetensors_entry_test {

using testing::EntryText;
using testing::ExpectRefusedAfter;
using testing::RawSafetensorsFile;
using testing::ReadHeaderOf;

const std::string kByte = EntryText("U8", "[1]", "[0,1]");
const std::string kNextByte = EntryText("U8", "[1]", "[1,2]");
const std::string kNothing = EntryText("U8", "[0]", "[0,0]");

std::string WithShape(std::string_view shape) {
  return R"({"w":)" + EntryText("U8", shape, "[0,1]") + "}";
}

std::string WithOffsets(std::string_view offsets) {
  return R"({"w":)" + EntryText("U8", "[1]", offsets) + "}";
}

TEST(SafetensorsNames, Duplicate) {
  ExpectRefusedAfter(R"(,"w")", R"({"w":)" + kByte + R"(,"w":)" + kNextByte + "}",
                     "name occurs twice in the header", "w", 2);
}

TEST(SafetensorsNames, DuplicateThatAParserThatKeepsTheLastWouldAccept) {
  ExpectRefusedAfter(R"(,"w")", R"({"w":)" + kByte + R"(,"w":)" + kByte + "}",
                     "name occurs twice in the header", "w", 1);
}

TEST(SafetensorsNames, DuplicateThroughAnEscape) {
  ExpectRefusedAfter(R"("\u0061")", R"({"a":)" + kByte + R"(,"\u0061":)" + kNextByte + "}",
                     "name occurs twice in the header", "a", 2);
}

TEST(SafetensorsNames, DuplicateOfAnEmptyTensor) {
  ExpectRefusedAfter(R"(,"w")", R"({"w":)" + kNothing + R"(,"w":)" + kNothing + "}",
                     "name occurs twice in the header", "w");
}

TEST(SafetensorsNames, LongerThanTheLimit) {
  const auto header = [](std::size_t length) {
    return "{\"" + std::string(length, 'x') + "\":" + kByte + "}";
  };
  EXPECT_EQ(ReadHeaderOf(RawSafetensorsFile(header(4096), 1)).tensors[0].name.size(), 4096U);
  ExpectRefusedAfter("x\"", header(4097), "name is longer than 4096 bytes", "", 1);
}

TEST(SafetensorsMetadata, Duplicate) {
  ExpectRefusedAfter(R"(,"__metadata__")", R"({"__metadata__":{},"__metadata__":{}})",
                     R"("__metadata__" occurs twice)");
}

TEST(SafetensorsMetadata, DuplicateThroughAnEscape) {
  ExpectRefusedAfter(R"("\u005f_metadata__")", R"({"__metadata__":{},"\u005f_metadata__":{}})",
                     R"("__metadata__" occurs twice)");
}

TEST(SafetensorsMetadata, DuplicateKey) {
  ExpectRefusedAfter(R"(,"k")", R"({"__metadata__":{"k":"1","k":"1"}})",
                     R"("k" occurs twice in "__metadata__")");
}

TEST(SafetensorsMetadata, ValueOtherThanAString) {
  const auto header = [](std::string_view value) {
    return R"({"__metadata__":{"k":)" + std::string(value) + "}}";
  };
  const std::string may_not = R"("__metadata__" may not hold )";
  ExpectRefusedAfter("1}", header("1"), may_not + "a number");
  ExpectRefusedAfter("-1}", header("-1"), may_not + "a negative number");
  ExpectRefusedAfter("1.5}", header("1.5"), may_not + "a number");
  ExpectRefusedAfter("null", header("null"), may_not + "null");
  ExpectRefusedAfter("true", header("true"), may_not + "a boolean");
  ExpectRefusedAfter(":{", header("{}"), may_not + "an object");
  ExpectRefusedAfter("[", header(R"(["x"])"), may_not + "an array");
}

TEST(SafetensorsMetadata, OtherThanAnObject) {
  const std::string may_not = R"("__metadata__" may not hold )";
  ExpectRefusedAfter("null", R"({"__metadata__":null})", may_not + "null");
  ExpectRefusedAfter("[", R"({"__metadata__":[]})", may_not + "an array");
  ExpectRefusedAfter("\"x\"", R"({"__metadata__":"x"})", may_not + "a string");
}

TEST(SafetensorsEntry, OtherThanAnObject) {
  const std::string may_not = "a tensor's entry may not hold ";
  ExpectRefusedAfter("null", R"({"w":null})", may_not + "null", "w");
  ExpectRefusedAfter("[", R"({"w":[]})", may_not + "an array", "w");
  ExpectRefusedAfter("\"x\"", R"({"w":"x"})", may_not + "a string", "w");
  ExpectRefusedAfter("7}", R"({"w":7})", may_not + "a number", "w");
  ExpectRefusedAfter("false", R"({"w":false})", may_not + "a boolean", "w");
}

TEST(SafetensorsEntry, Empty) {
  ExpectRefusedAfter("{}", R"({"w":{}})", R"(entry has no "dtype")", "w");
}

TEST(SafetensorsEntry, MissingMember) {
  ExpectRefusedAfter("}", R"({"w":{"shape":[1],"data_offsets":[0,1]}})", R"(entry has no "dtype")",
                     "w", 1);
  ExpectRefusedAfter("}", R"({"w":{"dtype":"U8","data_offsets":[0,1]}})", R"(entry has no "shape")",
                     "w", 1);
  ExpectRefusedAfter("}", R"({"w":{"dtype":"U8","shape":[1]}})", R"(entry has no "data_offsets")",
                     "w", 1);
}

TEST(SafetensorsEntry, MemberMissingFromTheSecondEntryOnly) {
  ExpectRefusedAfter("[1,2]}", R"({"v":)" + kByte + R"(,"w":{"dtype":"U8","data_offsets":[1,2]}})",
                     R"(entry has no "shape")", "w", 2);
}

TEST(SafetensorsEntry, DuplicateMember) {
  const auto header = [](std::string_view extra) {
    std::string entry = kByte;
    entry.pop_back();
    return R"({"w":)" + entry + "," + std::string(extra) + "}}";
  };
  ExpectRefusedAfter(R"(,"dtype")", header(R"("dtype":"U8")"), R"(member "dtype" occurs twice)",
                     "w", 1);
  ExpectRefusedAfter(R"(,"shape")", header(R"("shape":[1])"), R"(member "shape" occurs twice)", "w",
                     1);
  ExpectRefusedAfter(R"(,"data_offsets")", header(R"("data_offsets":[0,1])"),
                     R"(member "data_offsets" occurs twice)", "w", 1);
  ExpectRefusedAfter(R"("\u0064type")", header(R"("\u0064type":"U8")"),
                     R"(member "dtype" occurs twice)", "w", 1);
}

TEST(SafetensorsEntry, FaultAfterAnEntryIsNotBlamedOnIt) {
  ExpectRefusedAfter("},]", R"({"w":)" + kByte + ",]}", "not valid JSON", "", 1);
}

TEST(SafetensorsDType, Unknown) {
  const auto header = [](std::string_view dtype) {
    return R"({"w":)" + EntryText(dtype, "[1]", "[0,1]") + "}";
  };
  for (const char* dtype : {"X9", "", "F3", "FLOAT32", "U8 "}) {
    ExpectRefusedAfter(R"({"w")", header(dtype), "unknown dtype \"" + std::string(dtype) + "\"",
                       "w", 1);
  }
  ExpectRefusedAfter(R"({"w")", header(R"(\n\u001b)"), R"(unknown dtype "\x0a\x1b")", "w", 1);
}

TEST(SafetensorsDType, LowerCase) {
  ExpectRefusedAfter(R"({"w")", R"({"w":)" + EntryText("u8", "[1]", "[0,1]") + "}",
                     R"(unknown dtype "u8")", "w", 1);
}

TEST(SafetensorsDType, OtherThanAString) {
  const auto header = [](std::string_view dtype) {
    return R"({"w":{"dtype":)" + std::string(dtype) + R"(,"shape":[1],"data_offsets":[0,1]}})";
  };
  const std::string may_not = R"(member "dtype" may not hold )";
  ExpectRefusedAfter("8,", header("8"), may_not + "a number", "w", 1);
  ExpectRefusedAfter("null", header("null"), may_not + "null", "w", 1);
  ExpectRefusedAfter("[", header(R"(["U8"])"), may_not + "an array", "w", 1);
  ExpectRefusedAfter(":{", header("{}"), may_not + "an object", "w", 1);
}

TEST(SafetensorsShape, NegativeDimension) {
  ExpectRefusedAfter("-1]", WithShape("[-1]"), R"("shape" may not hold a negative number)", "w", 1);
  ExpectRefusedAfter("-0]", WithShape("[-0]"), R"("shape" may not hold a negative number)", "w", 1);
}

TEST(SafetensorsShape, DimensionThatIsNoInteger) {
  const std::string no_integer =
      R"("shape" may not hold a number that is not a whole one below 2^64)";
  ExpectRefusedAfter("1.0]", WithShape("[1.0]"), no_integer, "w", 1);
  ExpectRefusedAfter("1e0]", WithShape("[1e0]"), no_integer, "w", 1);
  ExpectRefusedAfter("1e3]", WithShape("[1e3]"), no_integer, "w", 1);
  ExpectRefusedAfter("0.5]", WithShape("[0.5]"), no_integer, "w", 1);
}

TEST(SafetensorsShape, DimensionOf2To64AndMore) {
  const std::string too_large = "a number that is not a whole one below 2^64";
  ExpectRefusedAfter("6]", WithShape("[18446744073709551616]"), too_large, "w", 1);
  ExpectRefusedAfter("0]", WithShape("[100000000000000000000]"), too_large, "w", 1);
}

TEST(SafetensorsShape, DimensionBeyond2To53IsNotRounded) {
  ExpectRefusedAfter(R"({"w")", WithShape("[9007199254740993]"),
                     "shape [9007199254740993] of U8 takes 9007199254740993 bytes", "w", 1);
}

TEST(SafetensorsShape, DimensionBeyond2To63IsNotNegative) {
  ExpectRefusedAfter(R"({"w")", WithShape("[9223372036854775809]"),
                     "shape [9223372036854775809] of U8 is no whole number of bytes below 2^61",
                     "w", 1);
}

TEST(SafetensorsShape, DimensionOfAnotherType) {
  const std::string may_not = R"(member "shape" may not hold )";
  ExpectRefusedAfter("\"1\"", WithShape(R"(["1"])"), may_not + "a string", "w", 1);
  ExpectRefusedAfter("null", WithShape("[null]"), may_not + "null", "w", 1);
  ExpectRefusedAfter("true", WithShape("[true]"), may_not + "a boolean", "w", 1);
  ExpectRefusedAfter("[[", WithShape("[[1]]"), may_not + "an array", "w", 1);
  ExpectRefusedAfter("[{", WithShape("[{}]"), may_not + "an object", "w", 1);
}

TEST(SafetensorsShape, OtherThanAnArray) {
  const std::string may_not = R"(member "shape" may not hold )";
  ExpectRefusedAfter("1,", WithShape("1"), may_not + "a number", "w", 1);
  ExpectRefusedAfter("null", WithShape("null"), may_not + "null", "w", 1);
  ExpectRefusedAfter("\"1\"", WithShape("\"1\""), may_not + "a string", "w", 1);
  ExpectRefusedAfter(":{", WithShape("{}"), may_not + "an object", "w", 1);
}

TEST(SafetensorsShape, MoreThan64Dimensions) {
  const auto shape = [](int rank) {
    std::string text = "[1";
    for (int i = 1; i < rank; ++i) text += ",1";
    return text + "]";
  };
  EXPECT_EQ(ReadHeaderOf(RawSafetensorsFile(WithShape(shape(64)), 1)).tensors[0].shape.size(), 64U);
  ExpectRefusedAfter(",1]", WithShape(shape(65)), "shape has more than 64 dimensions", "w", 1);
}

TEST(SafetensorsOffsets, NoneOrOneNumber) {
  ExpectRefusedAfter("[]", WithOffsets("[]"), "data_offsets has 0 numbers instead of 2", "w", 1);
  ExpectRefusedAfter("[1]", WithOffsets("[1]"), "data_offsets has 1 numbers instead of 2", "w", 1);
}

TEST(SafetensorsOffsets, ThreeNumbers) {
  ExpectRefusedAfter("1,2]", WithOffsets("[0,1,2]"), "data_offsets has more than 2 numbers", "w",
                     1);
}

TEST(SafetensorsOffsets, NotNaturalNumbers) {
  const std::string may_not = R"(member "data_offsets" may not hold )";
  ExpectRefusedAfter("-1,", WithOffsets("[-1,0]"), may_not + "a negative number", "w", 1);
  ExpectRefusedAfter("1.0]", WithOffsets("[0,1.0]"), may_not + "a number that is not a whole one",
                     "w", 1);
  ExpectRefusedAfter("6]", WithOffsets("[0,18446744073709551616]"),
                     may_not + "a number that is not a whole one", "w", 1);
  ExpectRefusedAfter("\"0\"", WithOffsets(R"(["0","1"])"), may_not + "a string", "w", 1);
  ExpectRefusedAfter("null", WithOffsets("[null,1]"), may_not + "null", "w", 1);
  ExpectRefusedAfter(":{", WithOffsets("{}"), may_not + "an object", "w", 1);
}

}  // namespace safetensors_entry_test
}  // namespace modelkin
