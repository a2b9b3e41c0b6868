#include "model/input_record.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "source/sha256.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

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

class DescribeInputTest : public ::testing::Test {
 protected:
  InputRecord Describe(InputId id, DigestPolicy policy, Progress& progress) {
    return DescribeInput(*model_, id, policy, 2, progress);
  }

  testing::TemporaryDirectory folder_;
  std::string path_ = folder_.WriteFile("m.safetensors", kFile);
  std::shared_ptr<const OpenedModel> model_ = OpenModel(path_);
};

TEST_F(DescribeInputTest, CountsWhatTheCheckpointHolds) {
  Progress progress;
  const InputRecord record =
      Describe({.role = InputRole::kControl, .number = 1}, DigestPolicy::kNever, progress);
  EXPECT_EQ(record.id.Name(), "control_1");
  EXPECT_EQ(record.path, path_);
  EXPECT_EQ(record.tensors, 3U);
  EXPECT_EQ(record.elements, 4U);
  EXPECT_EQ(record.bytes, 14U);
  EXPECT_THAT(record.bytes_by_dtype, ElementsAre(Pair("BF16", 2U), Pair("F32", 12U)));
}

TEST_F(DescribeInputTest, DigestsTheHeaderAlways) {
  Progress progress;
  const InputRecord record = Describe({}, DigestPolicy::kNever, progress);
  ASSERT_EQ(record.files.size(), 1U);
  EXPECT_EQ(record.files[0].name, "m.safetensors");
  EXPECT_EQ(record.files[0].bytes, kFile.size());
  EXPECT_EQ(record.files[0].header_sha256, DigestOf(kFile.substr(0, kFile.size() - 14)));
  EXPECT_EQ(record.files[0].sha256, std::nullopt);
}

TEST_F(DescribeInputTest, DigestsWholeFilesOnceWhereAsked) {
  CountingProgress progress;
  for (const DigestPolicy policy : {DigestPolicy::kAlways, DigestPolicy::kAuto}) {
    EXPECT_EQ(Describe({}, policy, progress).files.at(0).sha256, DigestOf(kFile));
    EXPECT_EQ(progress.announced, kFile.size());
    EXPECT_EQ(progress.advanced.load(), kFile.size());
  }
}

TEST_F(DescribeInputTest, PassesWarningsOn) {
  folder_.WriteFile("model-00001-of-00002.safetensors", kFile);
  const auto half = OpenModel(folder_.File("model-00001-of-00002.safetensors"), {.partial = true});
  Progress progress;
  EXPECT_THAT(InEnglish(DescribeInput(*half, {}, DigestPolicy::kAuto, 1, progress).warnings),
              ElementsAre("one of 2 shards: the others are not read"));
}

TEST(FileDigests, KeepTheOrderOfTheFilesWithAnyNumberOfThreads) {
  const testing::TemporaryDirectory folder;
  std::vector<std::string> expected;
  for (int i = 1; i <= 9; ++i) {
    const std::string content =
        SafetensorsFile({{std::to_string(i), "U8", {1}, std::string(1, static_cast<char>(i))}});
    folder.WriteFile(fmt::format("model-{:05}-of-00009.safetensors", i), content);
    expected.push_back(DigestOf(content));
  }
  for (const unsigned threads : {1U, 4U}) {
    Progress progress;
    EXPECT_EQ(OpenModel(folder.path())->Digests(true, threads, progress).whole, expected);
  }
}

}  // namespace input_record_test
}  // namespace modelkin
