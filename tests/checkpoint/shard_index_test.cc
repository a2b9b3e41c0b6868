#include "checkpoint/shard_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <source_location>
#include <stdexcept>

#include "source/mapped_file.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace shard_index_test {

using testing::CatchError;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::ToBytes;
using ::testing::UnorderedElementsAre;

constexpr const char* kLabel = "model.safetensors.index.json";

// The text is refused with `message`, about `tensor`, just after an occurrence of `last_read`.
void ExpectRefusedAfter(std::string_view last_read, std::string_view text,
                        const std::string& message, std::string_view tensor = "",
                        std::source_location caller = std::source_location::current()) {
  const ::testing::ScopedTrace trace(caller.file_name(), static_cast<int>(caller.line()), message);
  const Error error = CatchError(ErrorKind::kBadInput, [&] { ParseShardIndex(kLabel, text); });
  EXPECT_THAT(error.what(), HasSubstr(message));
  EXPECT_EQ(error.site().file, kLabel);
  EXPECT_EQ(error.site().tensor, tensor);
  ASSERT_TRUE(error.site().offset_bytes.has_value()) << error.what();
  EXPECT_TRUE(text.substr(0, *error.site().offset_bytes).ends_with(last_read)) << error.what();
}

std::string IndexOf(std::string_view shard) {
  return R"({"weight_map":{"w":")" + std::string(shard) + "\"}}";
}

TEST(ShardIndex, MapsTensorsToShards) {
  EXPECT_THAT(ParseShardIndex(kLabel, R"({"metadata":{"total_size":12},"weight_map":{)"
                                      R"("a":"1.safetensors","b":"2.safetensors",)"
                                      R"("c":"1.safetensors"}})"),
              UnorderedElementsAre(Pair("a", "1.safetensors"), Pair("b", "2.safetensors"),
                                   Pair("c", "1.safetensors")));
}

TEST(ShardIndex, OtherMembersAreSkipped) {
  EXPECT_THAT(
      ParseShardIndex(kLabel, R"({"metadata":{"total_size":-1.5,"x":[null,{"weight_map":{}}]},)"
                              R"("weight_map":{"a":"m.safetensors"},"n":null,"b":true,"s":"t"})"),
      UnorderedElementsAre(Pair("a", "m.safetensors")));
}

TEST(ShardIndex, DeclaresBytes) {
  const auto declared = [](const std::string& metadata) {
    std::optional<std::uint64_t> bytes = 1;
    ParseShardIndex(kLabel, R"({"metadata":)" + metadata + R"(,"weight_map":{}})", &bytes);
    return bytes;
  };
  EXPECT_EQ(declared(R"({"total_parameters":3,"total_size":12})"), 12U);
  EXPECT_EQ(declared(R"({"total_size":-12})"), std::nullopt);
  EXPECT_EQ(declared(R"({"total_size":"12"})"), std::nullopt);
  EXPECT_EQ(declared(R"({"total_size":[5],"x":7})"), std::nullopt);
  EXPECT_EQ(declared(R"({"x":{"total_size":12}})"), std::nullopt);
  EXPECT_EQ(declared("12"), std::nullopt);
}

TEST(ShardIndex, NoTensors) {
  EXPECT_TRUE(ParseShardIndex(kLabel, R"({"weight_map":{}})").empty());
}

TEST(ShardIndex, TensorNamesAreKeptAsTheyAre) {
  EXPECT_THAT(ParseShardIndex(kLabel, R"({"weight_map":{"../x\u000a":"m.safetensors"}})"),
              UnorderedElementsAre(Pair("../x\n", "m.safetensors")));
}

TEST(ShardIndex, ShardsMayLieBelowTheIndex) {
  for (const std::string shard : {"sub/m.safetensors", "a/b.c/d/m.safetensors"}) {
    EXPECT_EQ(ParseShardIndex(kLabel, IndexOf(shard)).at("w"), shard);
  }
}

TEST(ShardIndex, ShardNamesThatLeaveTheFolderOrAreNoNames) {
  for (const char* shard :
       {"../m.safetensors", "/m.safetensors", "./m.safetensors", "sub/../../m.safetensors",
        "sub//m.safetensors", "sub/./m.safetensors", ".git/m.safetensors", "sub/.m.safetensors",
        R"(sub\u0000/m.safetensors)", R"(..\\m.safetensors)", R"(sub\\m.safetensors)",
        R"(C:\\m.safetensors)", "..safetensors", ".safetensors", ".hidden.safetensors",
        "m.safetensors/", R"(\u002fetc\u002fm.safetensors)", R"(m\u0000.safetensors)"}) {
    SCOPED_TRACE(shard);
    ExpectRefusedAfter(
        "\"", IndexOf(shard),
        "is no file of weights (.safetensors, .bin) in the index's own folder or below it", "w");
  }
}

TEST(ShardIndex, ShardsMayBeTorchFiles) {
  EXPECT_EQ(ParseShardIndex(kLabel, IndexOf("pytorch_model-00001-of-00002.bin")).at("w"),
            "pytorch_model-00001-of-00002.bin");
}

TEST(ShardIndex, ShardNamesThatDoNotEndAsWeightsDo) {
  for (const char* shard : {"pytorch_model.bin2", "m.safetensors.json", "m.SAFETENSORS", "..", ".",
                            "safetensors", "m.safetensors "}) {
    SCOPED_TRACE(shard);
    ExpectRefusedAfter("\"", IndexOf(shard),
                       "shard \"" + std::string(shard) + "\" is no file of weights", "w");
  }
}

TEST(ShardIndex, EmptyShardName) {
  ExpectRefusedAfter("\"\"", IndexOf(""), "shard \"\" is no file of weights", "w");
}

TEST(ShardIndex, ShardNameLongerThanAFileNameMayBe) {
  const std::string ending = ".safetensors";
  const std::string longest = std::string(255 - ending.size(), 'x') + ending;
  EXPECT_EQ(ParseShardIndex(kLabel, IndexOf(longest)).at("w"), longest);
  ExpectRefusedAfter("\"", IndexOf("x" + longest), "is no file of weights", "w");
}

TEST(ShardIndex, HostileShardNameCannotBreakTheMessage) {
  ExpectRefusedAfter("\"", IndexOf(R"(../\n\u001b[2J.safetensors)"),
                     R"(shard "../\x0a\x1b[2J.safe)", "w");
}

TEST(ShardIndex, ShardOfAnotherType) {
  const auto index = [](std::string_view value) {
    return R"({"weight_map":{"w":)" + std::string(value) + "}}";
  };
  const std::string may_not = "the index may not hold ";
  ExpectRefusedAfter("1}", index("1"), may_not + "a number", "w");
  ExpectRefusedAfter("-1}", index("-1"), may_not + "a number", "w");
  ExpectRefusedAfter("1.5}", index("1.5"), may_not + "a number", "w");
  ExpectRefusedAfter("null", index("null"), may_not + "null", "w");
  ExpectRefusedAfter("true", index("true"), may_not + "a boolean", "w");
  ExpectRefusedAfter("[", index(R"(["m.safetensors"])"), may_not + "an array", "w");
  ExpectRefusedAfter("{", index("{}"), may_not + "an object", "w");
}

TEST(ShardIndex, WeightMapOfAnotherType) {
  const std::string may_not = "the index may not hold ";
  ExpectRefusedAfter("null", R"({"weight_map":null})", may_not + "null");
  ExpectRefusedAfter("[", R"({"weight_map":[]})", may_not + "an array");
  ExpectRefusedAfter("\"x\"", R"({"weight_map":"x"})", may_not + "a string");
}

TEST(ShardIndex, WithoutWeightMap) {
  ExpectRefusedAfter("{}", "{}", R"(the index has no "weight_map")");
  ExpectRefusedAfter("}", R"({"metadata":{"weight_map":{}}})", R"(the index has no "weight_map")");
}

TEST(ShardIndex, TwoWeightMaps) {
  ExpectRefusedAfter(R"(,"weight_map")", R"({"weight_map":{},"weight_map":{}})",
                     R"("weight_map" occurs twice)");
}

TEST(ShardIndex, DuplicateTensor) {
  ExpectRefusedAfter(R"(,"w")", R"({"weight_map":{"w":"1.safetensors","w":"1.safetensors"}})",
                     "name occurs twice in the index", "w");
  ExpectRefusedAfter(R"("\u0077")",
                     R"({"weight_map":{"w":"1.safetensors","\u0077":"2.safetensors"}})",
                     "name occurs twice in the index", "w");
}

TEST(ShardIndex, TensorNameLongerThanTheLimit) {
  ExpectRefusedAfter("x\"",
                     R"({"weight_map":{")" + std::string(4097, 'x') + R"(":"m.safetensors"}})",
                     "a tensor's name is longer than 4096 bytes");
}

TEST(ShardIndex, NoJsonObject) {
  for (const char* text : {"", "  ", "[]", "1", "\"x\"", "null", "\xEF\xBB\xBF{}", "\xFF"}) {
    SCOPED_TRACE(text);
    ExpectRefusedAfter("", text, "the index is not a JSON object");
  }
}

TEST(ShardIndex, InvalidJson) {
  ExpectRefusedAfter("{", "{", "not valid JSON");
  ExpectRefusedAfter(",}", R"({"weight_map":{},})", "not valid JSON");
  ExpectRefusedAfter("\xC0", "{\"weight_map\":{\"\xC0\xAF", "not valid JSON");
  ExpectRefusedAfter(R"(\ud800")", R"({"weight_map":{"\ud800":"m.safetensors"}})",
                     "not valid JSON");
  ExpectRefusedAfter("}}", R"({"weight_map":{}}{})", "bytes after the end of the index");
  ExpectRefusedAfter("}}", std::string_view("{\"weight_map\":{}}\0", 18),
                     "bytes after the end of the index");
}

TEST(ShardIndex, DepthBombInASkippedMember) {
  std::string bomb = R"({"metadata":)";
  bomb.append(1'000'000, '[');
  ExpectRefusedAfter("[[[[[[[[[[[[[[[[[", bomb, "JSON nested too deeply");
  std::string deep = R"({"metadata":)" + std::string(16, '[') + std::string(16, ']');
  EXPECT_TRUE(ParseShardIndex(kLabel, deep + R"(,"weight_map":{}})").empty());
}

Error RefusalOf(const std::string& file) {
  return CatchError(ErrorKind::kBadInput,
                    [&] { ReadShardIndex(*MakeMemorySource(kLabel, ToBytes(file))); });
}

TEST(ReadShardIndex, ReadsAWholeFile) {
  const auto source = MakeMemorySource(kLabel, ToBytes(" " + IndexOf("m.safetensors") + "\n"));
  EXPECT_THAT(ReadShardIndex(*source), UnorderedElementsAre(Pair("w", "m.safetensors")));
}

// Says that it has `size_bytes`, but holds the beginning only.
class LargeSource : public ByteSource {
 public:
  explicit LargeSource(std::uint64_t size_bytes) : size_bytes_(size_bytes) {}
  const std::string& label() const override { return label_; }
  std::uint64_t size_bytes() const override { return size_bytes_; }
  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>&) const override {
    if (offset + length > beginning_.size()) throw std::logic_error("read too much");
    return std::span(beginning_).subspan(offset, length);
  }

 private:
  std::string label_ = kLabel;
  std::uint64_t size_bytes_;
  std::vector<std::byte> beginning_ = ToBytes("{" + std::string(63, ' '));
};

TEST(ReadShardIndex, OverTheLimitIsRefusedUnread) {
  const LargeSource over(kMaxShardIndexBytes + 1);
  const Error error = CatchError(ErrorKind::kBadInput, [&] { ReadShardIndex(over); });
  EXPECT_THAT(error.what(), HasSubstr("256000001 bytes, over the limit of 256000000"));
  EXPECT_EQ(error.site().offset_bytes, 0U);
  const LargeSource at_the_limit(kMaxShardIndexBytes);
  EXPECT_THROW(ReadShardIndex(at_the_limit), std::logic_error);  // gets as far as reading it
}

TEST(ReadShardIndex, FileThatShrinksIsNamedAsTheCause) {
  const testing::TemporaryDirectory directory;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::string path =
      directory.WriteFile(kLabel, IndexOf("m.safetensors") + std::string(4 * page, ' '));
  const auto source = MapFile(path);
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(page)), 0);
  const Error error = CatchError(ErrorKind::kBadInput, [&] { ReadShardIndex(*source); });
  EXPECT_THAT(error.what(), HasSubstr("file shrank while it was being read"));
  EXPECT_EQ(error.site().offset_bytes, page);
}

TEST(ReadShardIndex, FilesOfOtherFormats) {
  EXPECT_THAT(RefusalOf("").what(), HasSubstr("not an index: the file is empty"));
  EXPECT_THAT(RefusalOf("PK\x03\x04zip").what(), HasSubstr("not an index: a zip archive"));
  EXPECT_THAT(RefusalOf("version https://git-lfs.github.com/spec/v1\n").what(),
              HasSubstr("not an index: a Git LFS pointer"));
  EXPECT_EQ(RefusalOf("").site().offset_bytes, 0U);
}

}  // namespace shard_index_test
}  // namespace modelkin
