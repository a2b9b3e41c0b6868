// The directory of a zip archive, and what contradicts it.
#include "storage/torch/zip_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/late_check.h"
#include "storage/zip_bytes.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"

namespace modelkin {
namespace zip_directory_test {

using testing::CatchError;
using ::testing::HasSubstr;
using testing::Number;
using testing::ToBytes;
using testing::ZipArchive;
using testing::ZipMember;

constexpr const char* kFile = "x.pt";

// A file of which each byte that is read moves over a network.
class RemoteBytes : public ByteSource {
 public:
  explicit RemoteBytes(std::string_view bytes) : file_(MakeMemorySource(kFile, ToBytes(bytes))) {}
  const std::string& label() const override { return file_->label(); }
  std::uint64_t size_bytes() const override { return file_->size_bytes(); }
  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override {
    ++reads_;
    return file_->Read(offset, length, scratch);
  }
  std::uint64_t BytesToMove(std::uint64_t, std::uint64_t length) const override { return length; }
  int reads() const { return reads_; }

 private:
  std::shared_ptr<const ByteSource> file_;
  mutable int reads_ = 0;
};

std::string Refusal(std::string_view bytes) {
  const auto file = MakeMemorySource(kFile, ToBytes(bytes));
  const Error error = CatchError(ErrorKind::kBadInput, [&] { ZipDirectory{*file}; });
  EXPECT_EQ(error.site().file, kFile);
  EXPECT_LE(error.site().offset_bytes.value_or(~0U), bytes.size()) << error.what();
  return error.what();
}

TEST(ZipDirectory, FindsWhatIsStored) {
  const std::string bytes = ZipArchive({{.name = "m/data.pkl", .data = "pickle"},
                                        {.name = "m/data/0", .data = "01234567", .padding = 9},
                                        {.name = "m/data/1", .data = ""}});
  const auto file = MakeMemorySource(kFile, ToBytes(bytes));
  const ZipDirectory directory(*file);
  ASSERT_EQ(directory.entries().size(), 3U);
  const ZipEntry* const entry = directory.Find("m/data/0");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(bytes.substr(entry->offset_bytes, entry->size_bytes), "01234567");
  EXPECT_FALSE(entry->is_implied);
  EXPECT_EQ(directory.Find("m/data/2"), nullptr);
  EXPECT_EQ(directory.Find("../m/data/0"), nullptr);
}

TEST(ZipDirectory, AnArchiveThatIsCutOffSaysSo) {
  const std::string bytes = ZipArchive({{.name = "a", .data = std::string(100, 'x')}});
  EXPECT_THAT(Refusal(ZipArchive({{.name = "a", .data = "x"}}, "a comment")), HasSubstr("cut off"));
  for (const std::size_t length : {std::size_t{0}, std::size_t{21}, bytes.size() - 1}) {
    EXPECT_THAT(Refusal(bytes.substr(0, length)), HasSubstr("cut off")) << length;
  }
}

TEST(ZipDirectory, WhatTorchNeverWritesIsRefused) {
  EXPECT_THAT(Refusal(ZipArchive({{.name = "a", .data = "x", .method = 8}})),
              HasSubstr("\"a\" is compressed"));
  EXPECT_THAT(Refusal(ZipArchive({{.name = "a", .data = "x", .flags = 1}})),
              HasSubstr("\"a\" is encrypted"));
  EXPECT_THAT(Refusal(ZipArchive({{.name = "a", .data = "x"}, {.name = "a", .data = "y"}})),
              HasSubstr("\"a\" occurs twice"));
}

TEST(ZipDirectory, LyingSizesAndHeadersAreRefused) {
  EXPECT_THAT(Refusal(ZipArchive({{.name = "a", .data = "x", .declared = 1000}})),
              HasSubstr("\"a\" of 1000 bytes reaches into what begins at byte 32"));
  EXPECT_THAT(Refusal(ZipArchive({{.name = "a", .data = "x", .declared = 0xFFFFFFFF}})),
              HasSubstr("lacks its zip64 numbers"));
  EXPECT_THAT(Refusal(ZipArchive({{.name = "a", .data = "x", .local_name = "b"}})),
              HasSubstr("has another name"));
  EXPECT_THAT(Refusal(ZipArchive({{.name = "a", .data = "x"}}, "", 2)),
              HasSubstr("holds 1 entries, and its end record says 2"));
  std::string moved = ZipArchive({{.name = "a", .data = "x"}});
  moved[moved.size() - 6] = '\x7F';  // where the directory begins
  EXPECT_THAT(Refusal(moved), HasSubstr("does not end at byte"));
}

TEST(ZipDirectory, EveryCutAndFlippedByteIsReadOrRefused) {
  const std::string bytes = ZipArchive({{.name = "m/data.pkl", .data = "pickle", .flags = 8},
                                        {.name = "m/data/0", .data = "01234567", .padding = 9}});
  int refused = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned flip : {1U, 0x80U, 0xFFU}) {
      std::string other = bytes;
      other[i] = static_cast<char>(static_cast<unsigned char>(other[i]) ^ flip);
      const auto file = MakeMemorySource(kFile, ToBytes(other));
      try {
        const ZipDirectory directory(*file);
        for (const ZipEntry& entry : directory.entries()) {
          EXPECT_LE(entry.offset_bytes + entry.size_bytes, other.size());
        }
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 100);
}

// As torch pads: so that the data begins at a multiple of 64.
std::string Aligned(std::size_t first_padding) {
  return ZipArchive(
      {{.name = "m/0", .data = std::string(15, '0'), .flags = 8, .padding = first_padding},
       {.name = "m/1", .data = std::string(8, '1'), .flags = 8, .padding = 0}});
}

TEST(ZipDirectory, OverANetworkHeadersAreReadWithTheirData) {
  const std::string bytes = Aligned(64 - 33);
  const RemoteBytes remote(bytes);
  const ZipDirectory directory(remote);
  const int reads = remote.reads();
  for (const ZipEntry& entry : directory.entries()) {
    EXPECT_TRUE(entry.is_implied) << entry.name;
    EXPECT_EQ(bytes[entry.offset_bytes], entry.name.back());
    RequireLocalHeader(remote, entry);
  }
  EXPECT_EQ(remote.reads(), reads + 2);
}

TEST(ZipDirectory, AHeaderThatContradictsWhatIsImpliedIsRefusedBeforeItsData) {
  std::string bytes = Aligned(64 - 33);
  bytes[28] = 15;  // its extra field is shorter than what follows implies
  const auto remote = std::make_shared<const RemoteBytes>(bytes);
  const ZipDirectory directory(*remote);
  const ZipEntry entry = directory.entries()[0];
  ASSERT_TRUE(entry.is_implied);
  const auto checked = WithLateChecks(
      remote, {{.begin_bytes = entry.offset_bytes,
                .end_bytes = entry.offset_bytes + entry.size_bytes,
                .require = [entry](const ByteSource& file) { RequireLocalHeader(file, entry); }}});
  std::vector<std::byte> scratch;
  EXPECT_EQ(checked->Read(0, entry.offset_bytes, scratch).size(), entry.offset_bytes);
  const Error error =
      CatchError(ErrorKind::kBadInput, [&] { checked->Read(entry.offset_bytes + 3, 1, scratch); });
  EXPECT_THAT(error.what(), HasSubstr("leaves a gap that torch does not write"));
}

TEST(LateCheck, IsMadeOnceAndForItsRangeAlone) {
  int calls = 0;
  const auto file = WithLateChecks(
      MakeMemorySource(kFile, ToBytes("0123456789")),
      {{.begin_bytes = 6, .end_bytes = 8, .require = [&](const ByteSource&) { calls += 100; }},
       {.begin_bytes = 2, .end_bytes = 4, .require = [&](const ByteSource&) { ++calls; }}});
  std::vector<std::byte> scratch;
  file->Read(0, 2, scratch);
  file->Read(4, 2, scratch);
  EXPECT_EQ(calls, 0);
  file->Read(3, 1, scratch);
  file->Read(0, 4, scratch);
  EXPECT_EQ(calls, 1);
  file->Read(0, 10, scratch);
  EXPECT_EQ(calls, 101);
}

}  // namespace zip_directory_test
}  // namespace modelkin
