// Faults of the header as a JSON text.
#include <gtest/gtest.h>

#include "storage/refusal.h"

namespace modelkin {
namespace safetensors_json_test {

using testing::CatchError;
using testing::EntryText;
using testing::ExpectRefusedAfter;
using testing::ExpectRefusedAt;
using testing::RawSafetensorsFile;
using testing::ReadHeaderOf;

const std::string kByte = EntryText("U8", "[1]", "[0,1]");

std::string Repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(SafetensorsJson, ByteThatIsNoUtf8) {
  ExpectRefusedAt(RawSafetensorsFile("\xFF"), 8, "the header is not a JSON object");
  ExpectRefusedAfter("\xFF", "{\xFF", "not valid JSON");
  ExpectRefusedAfter("{\"a\xFF", "{\"a\xFF\":" + kByte + "}", "ill-formed UTF-8", "", 1);
}

TEST(SafetensorsJson, OpeningBraceOnly) { ExpectRefusedAfter("{", "{", "unexpected end of input"); }

TEST(SafetensorsJson, EndsWithinATensorsEntry) {
  ExpectRefusedAfter("[1", R"({"w":{"dtype":"U8","shape":[1)", "not valid JSON", "w");
}

TEST(SafetensorsJson, WhiteSpaceOnly) {
  ExpectRefusedAt(RawSafetensorsFile(" \t\r\n"), 8, "the header is not a JSON object");
}

TEST(SafetensorsJson, ByteOrderMark) {
  ExpectRefusedAt(RawSafetensorsFile("\xEF\xBB\xBF{}"), 8, "the header is not a JSON object");
}

TEST(SafetensorsJson, NulBeforeTheObject) {
  ExpectRefusedAt(RawSafetensorsFile(std::string_view("\0{}", 3)), 8, "not a JSON object");
}

TEST(SafetensorsJson, NulWithinTheObject) {
  ExpectRefusedAfter(std::string_view("{\0", 2), std::string("{\0}", 3), "not valid JSON");
}

TEST(SafetensorsJson, NulWithinAName) {
  ExpectRefusedAfter(std::string_view("a\0", 2), std::string("{\"a\0\":1}", 8), "not valid JSON");
}

TEST(SafetensorsJson, NulAsPadding) {
  ExpectRefusedAfter("{}", std::string("{}\0\0", 4), "bytes after the end of the header");
}

TEST(SafetensorsJson, NulAndThenMore) {
  ExpectRefusedAfter("{}", std::string("{}\0{}", 5), "bytes after the end of the header");
}

TEST(SafetensorsJson, TopLevelValueOtherThanAnObject) {
  for (const char* header : {"[]", "1", "\"{}\"", "null", "true", "[{}]"}) {
    ExpectRefusedAt(RawSafetensorsFile(header), 8, "the header is not a JSON object");
  }
}

TEST(SafetensorsJson, TrailingComma) {
  ExpectRefusedAfter("},}", R"({"w":)" + kByte + ",}", "not valid JSON", "", 1);
}

TEST(SafetensorsJson, TwoObjects) {
  ExpectRefusedAfter("{}", "{}{}", "bytes after the end of the header");
}

TEST(SafetensorsJson, TextAfterTheObject) {
  ExpectRefusedAfter("{}", "{}  x", "bytes after the end of the header");
  ExpectRefusedAfter("{}", "{}}", "bytes after the end of the header");
}

TEST(SafetensorsJson, PaddingWithOtherWhiteSpaceThanJsons) {
  ExpectRefusedAfter("{}", "{}\v", "bytes after the end of the header");
  ExpectRefusedAfter("{}", "{}\f", "bytes after the end of the header");
  ExpectRefusedAfter("{}", "{}\xC2\xA0", "bytes after the end of the header");
}

TEST(SafetensorsJson, ExtensionsOfJson) {
  ExpectRefusedAfter("{/", "{/* comment */}", "not valid JSON");
  ExpectRefusedAfter("{'", "{'a':1}", "not valid JSON");
  ExpectRefusedAfter("{a", "{a:1}", "not valid JSON");
  ExpectRefusedAfter("N", R"({"w":NaN})", "not valid JSON", "w");
  ExpectRefusedAfter("[01]", R"({"w":{"shape":[01]}})", "not valid JSON", "w");
  ExpectRefusedAfter("+", R"({"w":{"shape":[+1]}})", "not valid JSON", "w");
}

TEST(SafetensorsJson, LoneSurrogate) {
  ExpectRefusedAfter(R"(\ud800")", R"({"\ud800":)" + kByte + "}", "not valid JSON", "", 1);
  ExpectRefusedAfter(R"(\udc00)", R"({"\udc00":)" + kByte + "}", "not valid JSON", "", 1);
  ExpectRefusedAfter("\xED\xA0", "{\"\xED\xA0\x80\":" + kByte + "}", "not valid JSON", "", 1);
}

TEST(SafetensorsJson, OverlongUtf8) {
  ExpectRefusedAfter("\xC0", "{\"\xC0\xAF\":" + kByte + "}", "ill-formed UTF-8", "", 1);
  ExpectRefusedAfter("\xE0\x80", "{\"\xE0\x80\xAF\":" + kByte + "}", "ill-formed UTF-8", "", 1);
}

TEST(SafetensorsJson, ControlCharacterInAName) {
  ExpectRefusedAfter("a\n", "{\"a\nb\":" + kByte + "}", "not valid JSON", "", 1);
  ExpectRefusedAfter("a\x1B", "{\"a\x1B[2J\":" + kByte + "}", "not valid JSON", "", 1);
}

TEST(SafetensorsJson, EscapedControlCharacterInANameCannotBreakTheMessage) {
  const std::string header = R"({"a\n\u001b[2J\u202e":)" + EntryText("U8", "[2]", "[0,1]") + "}";
  const Error error =
      CatchError(ErrorKind::kBadInput, [&] { ReadHeaderOf(RawSafetensorsFile(header, 1)); });
  EXPECT_EQ(error.site().tensor, "a\n\x1B[2J\u202E");
  EXPECT_THAT(error.what(), ::testing::HasSubstr(R"(tensor "a\x0a\x1b[2J\xe2\x80\xae")"));
}

TEST(SafetensorsJson, VeryLongTokenIsCutInTheMessage) {
  const std::string header = "{\"" + std::string(100'000, 'x');
  const Error error =
      CatchError(ErrorKind::kBadInput, [&] { ReadHeaderOf(RawSafetensorsFile(header)); });
  EXPECT_LT(std::string(error.what()).size(), 1000U);
}

TEST(SafetensorsJson, NumberThatOverflowsADouble) {
  ExpectRefusedAfter("1e999]", R"({"w":{"shape":[1e999]}})", "not valid JSON", "w");
}

TEST(SafetensorsJson, DepthBombOfArrays) {
  const std::string bomb = Repeated("[", 1'000'000);
  ExpectRefusedAt(RawSafetensorsFile(bomb), 8, "not a JSON object");
  ExpectRefusedAfter(R"({"w":[)", R"({"w":)" + bomb, "may not hold an array here", "w");
  ExpectRefusedAfter("[[", R"({"w":{"shape":)" + bomb, "may not hold an array here", "w");
  ExpectRefusedAfter(Repeated("[", 17), R"({"w":{"other":)" + bomb, "JSON nested too deeply", "w");
}

TEST(SafetensorsJson, DepthBombOfObjects) {
  const std::string bomb = Repeated(R"({"a":)", 1'000'000);
  ExpectRefusedAfter("{", bomb, "JSON nested too deeply", "a");
  ExpectRefusedAfter("{", R"({"w":{"other":)" + bomb, "JSON nested too deeply", "w");
}

TEST(SafetensorsJson, SkippedMemberMayBeNestedSixteenDeepAndNoDeeper) {
  const auto header = [](int depth) {
    std::string entry = kByte;
    entry.pop_back();
    return R"({"w":)" + entry + R"(,"other":)" + Repeated("[", depth) + Repeated("]", depth) + "}}";
  };
  EXPECT_EQ(ReadHeaderOf(RawSafetensorsFile(header(16), 1)).tensors.size(), 1U);
  ExpectRefusedAfter(Repeated("[", 17), header(17), "JSON nested too deeply", "w", 1);
}

TEST(SafetensorsJson, SkippedMemberMustBeValidToo) {
  ExpectRefusedAfter("tru}", R"({"w":{"other":tru}})", "not valid JSON", "w");
}

}  // namespace safetensors_json_test
}  // namespace modelkin
