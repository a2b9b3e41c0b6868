#include "checkpoint/input_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "source/sha256.h"
#include "support/safetensors_writer.h"

namespace modelkin {
namespace input_record_test {

using ::testing::ElementsAre;
using ::testing::Pair;
using testing::SafetensorsFile;
using testing::ToBytes;

std::string DigestOf(const std::string& bytes) {
  Sha256 digest;
  digest.Update(ToBytes(bytes));
  return digest.HexDigest();
}

// Sums up what it is told.
class CountingProgress : public Progress {
 public:
  void Begin(const std::string&, std::uint64_t bytes) override { announced += bytes; }
  void Advance(std::uint64_t bytes) override { advanced += bytes; }
  std::uint64_t announced = 0;
  std::atomic<std::uint64_t> advanced = 0;
};

const std::string kFile = SafetensorsFile(
    {{"a", "F32", {2}, "12345678"}, {"b", "BF16", {1}, "12"}, {"c", "F32", {1}, "1234"}});

Checkpoint Open(const std::string& file) {
  return OpenSafetensors(MakeMemorySource("folder/m.safetensors", ToBytes(file)));
}

TEST(DescribeInput, CountsWhatTheCheckpointHolds) {
  Progress progress;
  const InputRecord record =
      DescribeInput(Open(kFile), "control_1", DigestPolicy::kNever, 1, progress);
  EXPECT_EQ(record.id, "control_1");
  EXPECT_EQ(record.path, "folder/m.safetensors");
  EXPECT_EQ(record.tensors, 3U);
  EXPECT_EQ(record.elements, 4U);
  EXPECT_EQ(record.bytes, 14U);
  EXPECT_THAT(record.bytes_by_dtype, ElementsAre(Pair("BF16", 2U), Pair("F32", 12U)));
}

TEST(DescribeInput, DigestsTheHeaderAlways) {
  Progress progress;
  const InputRecord record = DescribeInput(Open(kFile), "a", DigestPolicy::kNever, 1, progress);
  ASSERT_EQ(record.files.size(), 1U);
  EXPECT_EQ(record.files[0].name, "m.safetensors");
  EXPECT_EQ(record.files[0].bytes, kFile.size());
  EXPECT_EQ(record.files[0].header_sha256, DigestOf(kFile.substr(0, kFile.size() - 14)));
  EXPECT_EQ(record.files[0].sha256, std::nullopt);
}

TEST(DescribeInput, DigestsWholeFilesWhereAsked) {
  for (const DigestPolicy policy : {DigestPolicy::kAlways, DigestPolicy::kAuto}) {
    CountingProgress progress;
    const InputRecord record = DescribeInput(Open(kFile), "a", policy, 2, progress);
    EXPECT_EQ(record.files.at(0).sha256, DigestOf(kFile));
    EXPECT_EQ(progress.announced, kFile.size());
    EXPECT_EQ(progress.advanced.load(), kFile.size());
  }
}

TEST(DescribeInput, PassesWarningsOn) {
  const Checkpoint checkpoint("folder", {}, {}, {"odd but legal"});
  Progress progress;
  EXPECT_THAT(DescribeInput(checkpoint, "a", DigestPolicy::kAuto, 1, progress).warnings,
              ElementsAre("odd but legal"));
}

TEST(DigestFiles, KeepsTheOrderOfTheFilesWithAnyNumberOfThreads) {
  std::vector<CheckpointFile> files;
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    const std::string content(static_cast<std::size_t>(i) * 1000, static_cast<char>('a' + i));
    files.push_back({.name = std::to_string(i), .source = MakeMemorySource("m", ToBytes(content))});
    expected.push_back(DigestOf(content));
  }
  const Checkpoint checkpoint("folder", std::move(files), {}, {});
  for (const unsigned threads : {1U, 4U}) {
    Progress progress;
    EXPECT_EQ(DigestFiles(checkpoint, threads, progress), expected);
  }
}

}  // namespace input_record_test
}  // namespace modelkin
