// What must not be refused, however odd, and what is read from it.
#include <gtest/gtest.h>

#include "storage/refusal.h"

namespace modelkin {
namespace safetensors_valid_test {

using testing::EntryText;
using testing::RawSafetensorsFile;
using testing::ReadHeaderOf;
using testing::SafetensorsFile;

std::vector<std::string> Names(const SafetensorsHeader& header) {
  std::vector<std::string> names;
  for (const Tensor& tensor : header.tensors) names.push_back(tensor.name);
  return names;
}

TEST(ValidSafetensors, OrdinaryFile) {
  const std::string file = SafetensorsFile(
      {{"a.weight", "F32", {2, 3}, std::string(24, 'x')}, {"a.bias", "BF16", {3}, "yyyyyy"}},
      {{"format", "pt"}, {"empty", ""}});
  const SafetensorsHeader header = ReadHeaderOf(file);
  EXPECT_EQ(header.header_bytes, file.size() - 30);
  ASSERT_EQ(Names(header), (std::vector<std::string>{"a.weight", "a.bias"}));
  const Tensor& weight = header.tensors[0];
  EXPECT_EQ(weight.dtype, DType::kF32);
  EXPECT_EQ(weight.shape, (Shape{2, 3}));
  EXPECT_EQ(weight.elements, 6U);
  EXPECT_EQ(weight.offset_bytes, header.header_bytes);
  EXPECT_EQ(weight.length_bytes, 24U);
  const Tensor& bias = header.tensors[1];
  EXPECT_EQ(bias.dtype, DType::kBF16);
  EXPECT_EQ(bias.elements, 3U);
  EXPECT_EQ(bias.offset_bytes, header.header_bytes + 24);
  EXPECT_EQ(bias.length_bytes, 6U);
  EXPECT_EQ(header.metadata,
            (std::vector<std::pair<std::string, std::string>>{{"format", "pt"}, {"empty", ""}}));
}

TEST(ValidSafetensors, NoTensors) {
  const SafetensorsHeader header = ReadHeaderOf(RawSafetensorsFile("{}"));
  EXPECT_EQ(header.header_bytes, 10U);
  EXPECT_TRUE(header.tensors.empty());
  EXPECT_TRUE(header.metadata.empty());
}

TEST(ValidSafetensors, MetadataOnly) {
  const SafetensorsHeader header =
      ReadHeaderOf(RawSafetensorsFile(R"({"__metadata__":{"k":"v"}})"));
  EXPECT_TRUE(header.tensors.empty());
  ASSERT_EQ(header.metadata.size(), 1U);
  EXPECT_TRUE(ReadHeaderOf(RawSafetensorsFile(R"({"__metadata__":{}})")).metadata.empty());
}

TEST(ValidSafetensors, MetadataBetweenTensors) {
  const std::string header = R"({"v":)" + EntryText("U8", "[1]", "[0,1]") +
                             R"(,"__metadata__":{"dtype":"x"},"w":)" +
                             EntryText("U8", "[1]", "[1,2]") + "}";
  EXPECT_EQ(Names(ReadHeaderOf(RawSafetensorsFile(header, 2))),
            (std::vector<std::string>{"v", "w"}));
}

TEST(ValidSafetensors, ScalarHasOneElement) {
  const SafetensorsHeader header = ReadHeaderOf(SafetensorsFile({{"scale", "F32", {}, "1234"}}));
  EXPECT_TRUE(header.tensors.at(0).shape.empty());
  EXPECT_EQ(header.tensors[0].elements, 1U);
  EXPECT_EQ(header.tensors[0].length_bytes, 4U);
}

TEST(ValidSafetensors, EmptyTensorsMayShareAnOffset) {
  const SafetensorsHeader header = ReadHeaderOf(SafetensorsFile({{"b", "F32", {0}, ""},
                                                                 {"a", "F32", {3, 0, 2}, ""},
                                                                 {"data", "U8", {4}, "1234"},
                                                                 {"end", "F64", {0}, ""},
                                                                 {"end2", "F4", {0}, ""}}));
  ASSERT_EQ(Names(header), (std::vector<std::string>{"a", "b", "data", "end", "end2"}));
  for (const std::size_t i : {0, 1, 3, 4}) {
    EXPECT_EQ(header.tensors[i].elements, 0U);
    EXPECT_EQ(header.tensors[i].length_bytes, 0U);
  }
  EXPECT_EQ(header.tensors[0].offset_bytes, header.tensors[2].offset_bytes);
  EXPECT_EQ(header.tensors[3].offset_bytes, header.header_bytes + 4);
}

TEST(ValidSafetensors, NanAndInfinityAreValues) {
  const std::string values("\x01\x00\xC0\x7F\x00\x00\x80\x7F\xFF\xFF\xFF\xFF", 12);
  EXPECT_EQ(ReadHeaderOf(SafetensorsFile({{"w", "F32", {3}, values}})).tensors.size(), 1U);
}

TEST(ValidSafetensors, WhiteSpaceBeforeAndWithinTheObject) {
  const std::string header =
      " \t\r\n{ \"w\"\n:\t{\"dtype\" : \"U8\",\r\n\"shape\":[ 1 ] , \"data_offsets\":[\n0\t, 1 ]} "
      "}";
  EXPECT_EQ(ReadHeaderOf(RawSafetensorsFile(header, 1)).tensors.at(0).offset_bytes,
            8 + header.size());
}

TEST(ValidSafetensors, PaddingAfterTheObject) {
  for (const char* header : {"{}      ", "{}\t", "{}\n", "{}\r\n", "{} \t\r\n "}) {
    EXPECT_TRUE(ReadHeaderOf(RawSafetensorsFile(header)).tensors.empty());
  }
}

TEST(ValidSafetensors, UnalignedData) {
  const std::string header = R"({"odd":)" + EntryText("U8", "[3]", "[0,3]") + R"(,"w":)" +
                             EntryText("F64", "[1]", "[3,11]") + "} ";
  ASSERT_NE((8 + header.size() + 3) % 8, 0U);
  EXPECT_EQ(ReadHeaderOf(RawSafetensorsFile(header, 11)).tensors.at(1).offset_bytes,
            8 + header.size() + 3);
}

TEST(ValidSafetensors, UnknownMembersAreSkipped) {
  const std::string header =
      R"({"w":{"note":"x","list":[1,-2,3.5e300,null,{"dtype":"X","shape":[9]}],"dtype":"U8",)"
      R"("flag":true,"shape":[2],"nothing":null,"minus":-1,"empty":{},"data_offsets":[0,2],)"
      R"("none":[]}})";
  const SafetensorsHeader read = ReadHeaderOf(RawSafetensorsFile(header, 2));
  EXPECT_EQ(read.tensors.at(0).dtype, DType::kU8);
  EXPECT_EQ(read.tensors[0].shape, (Shape{2}));
}

TEST(ValidSafetensors, EntriesInAnyOrderAreReadByOffset) {
  const std::string header = R"({"c":)" + EntryText("U8", "[3]", "[5,8]") + R"(,"a":)" +
                             EntryText("U8", "[4]", "[1,5]") + R"(,"b":)" +
                             EntryText("U8", "[1]", "[0,1]") + "}";
  EXPECT_EQ(Names(ReadHeaderOf(RawSafetensorsFile(header, 8))),
            (std::vector<std::string>{"b", "a", "c"}));
}

TEST(ValidSafetensors, MembersInAnyOrder) {
  const std::string header = R"({"w":{"data_offsets":[0,2],"shape":[1],"dtype":"F16"}})";
  EXPECT_EQ(ReadHeaderOf(RawSafetensorsFile(header, 2)).tensors.at(0).dtype, DType::kF16);
}

TEST(ValidSafetensors, AnyNameThatJsonCanHold) {
  const std::string header = R"({"":)" + EntryText("U8", "[1]", "[0,1]") +
                             R"(,"../\u0000\n/重み":)" + EntryText("U8", "[1]", "[1,2]") +
                             R"(,"\ud83e\udd99":)" + EntryText("U8", "[1]", "[2,3]") + "}";
  using namespace std::string_literals;
  EXPECT_EQ(Names(ReadHeaderOf(RawSafetensorsFile(header, 3))),
            (std::vector<std::string>{"", "../\0\n/重み"s, "🦙"}));
}

TEST(ValidSafetensors, TensorsCalledLikeMembers) {
  const std::string header = R"({"dtype":)" + EntryText("U8", "[1]", "[0,1]") + R"(,"shape":)" +
                             EntryText("U8", "[1]", "[1,2]") + "}";
  EXPECT_EQ(Names(ReadHeaderOf(RawSafetensorsFile(header, 2))),
            (std::vector<std::string>{"dtype", "shape"}));
}

TEST(ValidSafetensors, EveryDType) {
  // Four elements of each are a whole number of bytes.
  for (const char* dtype :
       {"BOOL",    "F4",          "F6_E2M3",     "F6_E3M2", "U8",  "I8",  "F8_E5M2", "F8_E4M3",
        "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "I16",     "U16", "F16", "BF16",    "I32",
        "U32",     "F32",         "C64",         "F64",     "I64", "U64"}) {
    const std::size_t bytes = 4 * BitWidth(ParseDType(dtype).value()) / 8;
    const SafetensorsHeader header =
        ReadHeaderOf(SafetensorsFile({{"w", dtype, {4}, std::string(bytes, 'x')}}));
    EXPECT_EQ(DTypeName(header.tensors.at(0).dtype), dtype);
    EXPECT_EQ(header.tensors[0].length_bytes, bytes);
  }
}

}  // namespace safetensors_valid_test
}  // namespace modelkin
