// What a GGUF file says before its data, and what is refused.
#include "storage/gguf/gguf_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "support/expect_error.h"
#include "support/gguf_writer.h"
#include "support/safetensors_writer.h"

namespace modelkin {
namespace gguf_file_test {

using testing::BytesOf;
using testing::CatchError;
using ::testing::ElementsAre;
using testing::GgufBytesOf;
using testing::GgufEntryText;
using testing::GgufPair;
using testing::GgufText;
using ::testing::HasSubstr;
using testing::ToBytes;

constexpr std::uint32_t kF32 = 0, kQ40 = 2, kU32 = 4, kString = 8, kArray = 9;
constexpr std::uint64_t kHuge = std::uint64_t{1} << 63;

GgufFile Read(std::string_view file) {
  return ReadGgufFile(*MakeMemorySource("test.gguf", ToBytes(file)));
}

void ExpectRefused(std::string_view file, const std::string& message, std::uint64_t offset,
                   std::string_view tensor = "") {
  const Error error = CatchError(ErrorKind::kBadInput, [&] { Read(file); });
  EXPECT_THAT(error.what(), HasSubstr(message));
  EXPECT_EQ(error.site().file, "test.gguf");
  EXPECT_EQ(error.site().tensor, tensor);
  EXPECT_EQ(error.site().offset_bytes, offset) << error.what();
}

std::string Array(std::uint32_t type, std::uint64_t count, std::string_view items) {
  return BytesOf(type).append(BytesOf(count)).append(items);
}

TEST(GgufFile, GivesTypedValuesAndTensorsInOrderOfPlace) {
  const std::string data(32 + 36, '\0');
  const GgufFile file = Read(GgufBytesOf(
      {GgufPair("general.architecture", kString, GgufText("llama")),
       GgufPair("llama.block_count", kU32, BytesOf<std::uint32_t>(30)),
       GgufPair("llama.eps", 6, BytesOf(0.5F)), GgufPair("signed", 5, BytesOf<std::int32_t>(-3)),
       GgufPair("flag", 7, std::string(1, '\1')),
       GgufPair("list", kArray, Array(5, 2, BytesOf(7).append(BytesOf(-8))))},
      {GgufEntryText("b", {32, 2}, kQ40, 32), GgufEntryText("a", {3}, kF32, 0)}, data));
  EXPECT_EQ(file.version, 3U);
  EXPECT_EQ(file.Text("general.architecture"), "llama");
  EXPECT_EQ(file.Size("llama.block_count"), 30U);
  EXPECT_EQ(file.Number("llama.eps"), 0.5);
  EXPECT_EQ(file.Size("signed"), std::nullopt);
  EXPECT_EQ(file.Number("signed"), -3);
  EXPECT_EQ(file.Flag("flag"), true);
  EXPECT_EQ(file.Find("none"), nullptr);
  const auto& list = std::get<GgufArray>(*file.Find("list"));
  EXPECT_THAT(list.items, ElementsAre(GgufScalar(std::int64_t{7}), GgufScalar(std::int64_t{-8})));
  ASSERT_EQ(file.tensors.size(), 2U);
  EXPECT_EQ(file.tensors[0].name, "a");
  EXPECT_EQ(file.tensors[0].offset_bytes, file.header_bytes);
  EXPECT_EQ(file.tensors[1].type->name, "Q4_0");
  EXPECT_THAT(file.tensors[1].shape, ElementsAre(2, 32));
  EXPECT_EQ(file.tensors[1].elements, 64U);
  EXPECT_EQ(file.tensors[1].offset_bytes, file.header_bytes + 32);
  EXPECT_EQ(file.tensors[1].length_bytes, 36U);
}

TEST(GgufFile, KeepsOnlyThePlaceOfLargeArraysAndTexts) {
  std::string tokens;
  for (int i = 0; i < 5000; ++i) tokens += GgufText("token");
  const std::string text((1U << 20) + 1, 'x');
  const GgufFile file = Read(
      GgufBytesOf({GgufPair("tokens", kArray, Array(kString, 5000, tokens)),
                   GgufPair("scores", kArray, Array(6, 5000, std::string(20'000, '\0'))),
                   GgufPair("long", kArray, Array(kString, 1, GgufText(std::string(70'000, 'y')))),
                   GgufPair("text", kString, GgufText(text)), GgufPair("end", kU32, BytesOf(1U))},
                  {}, ""));
  const auto& array = std::get<GgufArray>(*file.Find("tokens"));
  EXPECT_EQ(array.count, 5000U);
  EXPECT_EQ(array.length_bytes, tokens.size());
  EXPECT_TRUE(array.items.empty());
  EXPECT_EQ(std::get<GgufArray>(*file.Find("scores")).length_bytes, 20'000U);
  EXPECT_TRUE(std::get<GgufArray>(*file.Find("long")).items.empty());
  EXPECT_EQ(std::get<GgufArray>(*file.Find("text")).length_bytes, text.size());
  EXPECT_EQ(file.Size("end"), 1U);
}

TEST(GgufFile, HoldsAMillionItemsOfAllArraysAtMost) {
  std::vector<std::string> pairs;
  for (int i = 0; i < 300; ++i) {
    pairs.push_back(GgufPair(std::to_string(i), kArray, Array(0, 4096, std::string(4096, 'x'))));
  }
  std::uint64_t held = 0;
  const GgufFile file = Read(GgufBytesOf(pairs, {}, ""));
  for (const auto& [key, entry] : file.entries) {
    const auto& array = std::get<GgufArray>(entry.value);
    EXPECT_EQ(array.length_bytes, 4096U);
    held += array.items.size();
  }
  EXPECT_EQ(held, 256U * 4096);
}

TEST(GgufFile, RefusesMoreKeysOrTensorsThanAModelHas) {
  const std::string head = std::string("GGUF").append(BytesOf(3U));
  ExpectRefused(head + BytesOf<std::uint64_t>(0) + BytesOf<std::uint64_t>(100'001) +
                    std::string(2'000'000, '\0'),
                "100001 keys, where 100000 are the most", 24);
  ExpectRefused(head + BytesOf<std::uint64_t>(1'000'001) + BytesOf<std::uint64_t>(0) +
                    std::string(30'000'000, '\0'),
                "1000001 tensors, where 1000000 are the most", 24);
}

TEST(GgufFile, KnowsItsPlaceAmongSeveralFiles) {
  const auto split = [](std::uint16_t number, std::uint16_t count) {
    return GgufBytesOf(
        {GgufPair("split.no", 2, BytesOf(number)), GgufPair("split.count", 2, BytesOf(count)),
         GgufPair("split.tensors.count", 5, BytesOf<std::int32_t>(9))},
        {}, "");
  };
  const GgufFile file = Read(split(1, 3));
  EXPECT_EQ(file.split, 1U);
  EXPECT_EQ(file.splits, 3U);
  EXPECT_EQ(file.tensors_of_all_splits, 9U);
  EXPECT_EQ(Read(split(0, 0)).splits, 1U);
  ExpectRefused(split(3, 3), "split.no is 3, of 3 files", 24 + 8 + 8 + 4);
}

TEST(GgufFile, NamesVersionsThatItDoesNotRead) {
  ExpectRefused(GgufBytesOf({}, {}, "", 1), "version 1 of GGUF", 4);
  ExpectRefused(GgufBytesOf({}, {}, "", 3U << 24), "big-endian", 4);
  ExpectRefused(GgufBytesOf({}, {}, "", 4), "version 4 of GGUF is not known", 4);
  ExpectRefused("GGML" + std::string(20, '\0'), "is no GGUF file", 0);
  EXPECT_EQ(Read(GgufBytesOf({}, {}, "", 2)).version, 2U);
}

TEST(GgufFile, RefusesCountsAndLengthsThatTheFileHasNoRoomFor) {
  const std::string head = std::string("GGUF").append(BytesOf(3U));
  ExpectRefused(head + BytesOf(kHuge) + BytesOf<std::uint64_t>(0),
                "claims 9223372036854775808 tens", 24);
  ExpectRefused(head + BytesOf<std::uint64_t>(0) + BytesOf(kHuge),
                "claims 9223372036854775808 keys", 24);
  ExpectRefused(GgufBytesOf({BytesOf(std::uint64_t{1} << 32) + std::string(8, '\0')}, {}, ""),
                "key 1 has 4294967296 bytes", 24);
  ExpectRefused(GgufBytesOf({GgufPair("k", kString, BytesOf(kHuge))}, {}, ""),
                "the value of \"k\" wants 9223372036854775808 bytes", 24 + 9 + 4 + 8);
  ExpectRefused(GgufBytesOf({GgufPair("k", kArray, Array(6, kHuge, ""))}, {}, ""),
                "items of an array", 24 + 9 + 4 + 12);
  ExpectRefused(GgufBytesOf({GgufPair("k", kArray, Array(kString, 3, ""))}, {}, ""),
                "items of an array", 24 + 9 + 4 + 12);
  ExpectRefused(
      GgufBytesOf({GgufPair("k", kArray, Array(kArray, 1, std::string(12, '\0')))}, {}, ""),
      "an array of arrays", 24 + 9 + 4 + 12);
  ExpectRefused(GgufBytesOf({GgufPair("k", 13, "")}, {}, ""), "unknown type 13 of a value",
                24 + 9 + 4);
}

TEST(GgufFile, RefusesNamesAndKeysThatOccurTwice) {
  const std::string pair = GgufPair("k", 0, "x"), entry = GgufEntryText("w", {1}, kF32, 0);
  ExpectRefused(GgufBytesOf({pair, pair}, {}, ""), "key \"k\" occurs twice", 24 + pair.size());
  ExpectRefused(GgufBytesOf({}, {entry, entry}, std::string(64, '\0')), "name occurs twice",
                24 + entry.size(), "w");
  ExpectRefused(GgufBytesOf({}, {GgufEntryText(std::string(4097, 'n'), {1}, kF32, 0)}, ""),
                "the name of tensor 1 has 4097 bytes", 24);
}

TEST(GgufFile, RefusesShapesAndTypes) {
  constexpr std::uint64_t kShape = 24 + 9, kType = kShape + 4 + 8;
  const auto one = [](const std::vector<std::uint64_t>& dimensions, std::uint32_t type) {
    return GgufBytesOf({}, {GgufEntryText("w", dimensions, type, 0)}, std::string(64, '\0'));
  };
  ExpectRefused(one({1, 1, 1, 1, 1}, kF32), "5 dimensions", kShape, "w");
  ExpectRefused(one({4, 0}, kF32), "a dimension of 0", kShape + 4 + 8, "w");
  ExpectRefused(one({kHuge}, kF32), "overflows 63 bits", kShape, "w");
  ExpectRefused(one({std::uint64_t{1} << 32, std::uint64_t{1} << 32}, kF32), "overflows 63 bits",
                kShape, "w");
  ExpectRefused(one({std::uint64_t{1} << 62}, kF32), "overflows 64 bits", kType, "w");
  ExpectRefused(one({33}, kQ40), "rows of 33 values, where Q4_0 has blocks of 32", kType, "w");
  ExpectRefused(one({32}, 4), "type Q4_2 (4), which llama.cpp does not write", kType, "w");
  ExpectRefused(one({32}, 1000), "type 1000, which is not known here", kType, "w");
  EXPECT_EQ(Read(one({}, kF32)).tensors[0].elements, 1U);
}

TEST(GgufFile, RefusesTensorsThatOverlapLeaveHolesOrLieOutside) {
  const auto two = [](std::uint64_t offset, std::size_t bytes) {
    return GgufBytesOf({},
                       {GgufEntryText("a", {9}, kF32, 0), GgufEntryText("b", {1}, kF32, offset)},
                       std::string(bytes, '\0'));
  };
  const std::uint64_t data = Read(two(64, 68)).header_bytes;
  ExpectRefused(two(32, 68), "(overlap)", data + 32, "b");
  ExpectRefused(two(96, 100), "(hole)", data + 96, "b");
  ExpectRefused(two(64, 67), "(truncated?)", data + 64, "b");
  ExpectRefused(two(std::numeric_limits<std::uint64_t>::max(), 68), "(truncated?)", data + 68, "b");
  EXPECT_EQ(Read(two(64, 100)).tensors.size(), 2U);  // padding at the end
}

TEST(GgufFile, FollowsTheAlignment) {
  const auto file = [](std::uint32_t alignment, std::uint64_t second) {
    return GgufBytesOf({GgufPair("general.alignment", kU32, BytesOf(alignment))},
                       {GgufEntryText("a", {1}, kF32, 0), GgufEntryText("b", {1}, kF32, second)},
                       std::string(second + 4, '\0'), 3, alignment == 0 ? 32 : alignment);
  };
  const GgufFile narrow = Read(file(8, 8));
  EXPECT_EQ(narrow.tensors[1].offset_bytes, narrow.header_bytes + 8);
  EXPECT_EQ(Read(file(128, 128)).header_bytes % 128, 0U);
  ExpectRefused(file(0, 32), "no power of 2", 24 + 8 + 17 + 4);
  ExpectRefused(file(24, 24), "no power of 2", 24 + 8 + 17 + 4);
}

TEST(GgufFile, TellsAtWhichByteATruncatedFileEnds) {
  const std::string whole = GgufBytesOf(
      {GgufPair("general.architecture", kString, GgufText("llama")),
       GgufPair("list", kArray, Array(kString, 2, GgufText("a").append(GgufText("b"))))},
      {GgufEntryText("weight", {4}, kF32, 0)}, std::string(16, '\0'));
  ASSERT_EQ(Read(whole).tensors.size(), 1U);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Error error =
        CatchError(ErrorKind::kBadInput, [&] { Read(std::string_view(whole).substr(0, length)); });
    ASSERT_TRUE(error.site().offset_bytes.has_value());
    EXPECT_LE(*error.site().offset_bytes, length);
  }
}

TEST(GgufFile, IsReadOrRefusedWhateverByteIsChanged) {
  const std::string whole =
      GgufBytesOf({GgufPair("general.alignment", kU32, BytesOf(32U)),
                   GgufPair("list", kArray, Array(kString, 1, GgufText("a")))},
                  {GgufEntryText("a", {32, 2}, kQ40, 0), GgufEntryText("b", {2}, kF32, 64)},
                  std::string(72, '\1'));
  const std::uint64_t header = Read(whole).header_bytes;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < header; ++i) {
    for (const char change : {'\x01', '\x80', '\xFF'}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ change);
      try {
        for (const GgufTensor& tensor : Read(changed).tensors) {
          ASSERT_LE(tensor.offset_bytes + tensor.length_bytes, changed.size());
        }
      } catch (const Error& error) {
        ASSERT_EQ(error.kind(), ErrorKind::kBadInput);
        ASSERT_LE(error.site().offset_bytes, changed.size()) << error.what();
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, header);
}

// Counts reads and bytes, as a hub would move them.
class CountingSource : public ByteSource {
 public:
  CountingSource(std::shared_ptr<const ByteSource> inner, std::uint64_t size)
      : inner_(std::move(inner)), size_(size) {}
  const std::string& label() const override { return inner_->label(); }
  std::uint64_t size_bytes() const override { return size_; }
  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override {
    ++reads;
    bytes += length;
    scratch.assign(length, std::byte{0});
    if (offset >= inner_->size_bytes()) return scratch;
    std::vector<std::byte> own;
    const auto there = inner_->Read(offset, std::min(length, inner_->size_bytes() - offset), own);
    std::ranges::copy(there, scratch.begin());
    return scratch;
  }
  mutable std::uint64_t reads = 0, bytes = 0;

 private:
  std::shared_ptr<const ByteSource> inner_;
  std::uint64_t size_;
};

TEST(GgufFile, IsReadInFewReadsOfLittleMoreThanItsHeader) {
  std::string tokens;
  for (int i = 0; i < 200'000; ++i) tokens += GgufText("tokens of a vocabulary");
  const std::string file =
      GgufBytesOf({GgufPair("tokens", kArray, Array(kString, 200'000, tokens)),
                   GgufPair("scores", kArray, Array(6, 200'000, std::string(800'000, '\0')))},
                  {GgufEntryText("w", {std::uint64_t{1} << 30}, kF32, 0)}, "");
  const CountingSource source(MakeMemorySource("test.gguf", ToBytes(file)),
                              file.size() + (std::uint64_t{1} << 32));
  EXPECT_EQ(ReadGgufFile(source).tensors.size(), 1U);
  EXPECT_LE(source.reads, 7U);
  EXPECT_LE(source.bytes, 2 * file.size());
}

}  // namespace gguf_file_test
}  // namespace modelkin
