// Files that shrink or change under a scan.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <optional>

#include "scan/byte_diff.h"
#include "scan/scan_files.h"
#include "scan/test_values.h"
#include "support/expect_error.h"

namespace modelkin {
namespace changed_files_test {

using testing::CatchError;
using testing::Encode;
using ::testing::HasSubstr;
using testing::MakeTensor;
using testing::Normal;
using testing::SafetensorsFile;
using testing::TemporaryDirectory;

// Calls `act` when the first job is done.
class ActOnAdvance : public Progress {
 public:
  explicit ActOnAdvance(std::function<void()> act) : act_(std::move(act)) {}
  void Begin(const std::string&, std::uint64_t) override {}
  void Advance(std::uint64_t) override { std::call_once(once_, act_); }

 private:
  std::function<void()> act_;
  std::once_flag once_;
};

// "early" is one chunk, "late" is several.
class ChangedFiles : public ::testing::Test {
 protected:
  ChangedFiles() {
    const std::string early = Encode(DType::kF32, Normal(kChunkElements / 2, 0, 1, 1));
    const std::string late = Encode(DType::kF32, Normal(4 * kChunkElements, 0, 1, 2));
    const std::string content = SafetensorsFile(
        {MakeTensor("early", DType::kF32, early), MakeTensor("late", DType::kF32, late)});
    for (const std::string& path : {path_a_, path_b_}) {
      directory_.WriteFile(path.substr(path.rfind('/') + 1), content);
      // A change right now differs from this time stamp on any file system.
      const timespec times[2] = {{.tv_sec = 1'000'000'000, .tv_nsec = 0},
                                 {.tv_sec = 1'000'000'000, .tv_nsec = 0}};
      EXPECT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    }
  }

  void Open() {
    a_.emplace(OpenCheckpoint(path_a_));
    b_.emplace(OpenCheckpoint(path_b_));
    pairing_ = PairByName(*a_, *b_, {});
    late_ = a_->Find("late");
    ASSERT_NE(late_, nullptr);
  }

  std::uint64_t MiddleOfLate() const { return late_->offset_bytes + late_->length_bytes / 2 + 1; }

  static void Truncate(const std::string& path, std::uint64_t size) {
    ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(size)), 0);
  }

  // The part of "late" that is gone begins with the page after the cut.
  void ExpectNamesLoss(const Error& error, const std::string& path, std::uint64_t cut) const {
    EXPECT_EQ(error.site().file, path) << error.what();
    EXPECT_EQ(error.site().tensor, "late") << error.what();
    ASSERT_TRUE(error.site().offset_bytes.has_value());
    EXPECT_GE(*error.site().offset_bytes, cut);
    EXPECT_LT(*error.site().offset_bytes, late_->offset_bytes + late_->length_bytes);
  }

  TemporaryDirectory directory_;
  const std::string path_a_ = directory_.File("a.safetensors");
  const std::string path_b_ = directory_.File("b.safetensors");
  std::optional<Checkpoint> a_, b_;
  Pairing pairing_;
  const Tensor* late_ = nullptr;
  Progress no_progress_;
};

TEST_F(ChangedFiles, UnchangedOnesScan) {
  Open();
  const auto scans = ScanPairs(*a_, *b_, pairing_.pairs, {.threads = 2}, no_progress_);
  EXPECT_EQ(scans.at(1).moments.bit_equal, 4 * kChunkElements);
  EXPECT_TRUE(DiffBytes(*a_, *b_, pairing_, 2, no_progress_).all_identical());
}

TEST_F(ChangedFiles, ShrunkBeforeScan) {
  Open();
  Truncate(path_b_, MiddleOfLate());
  for (const unsigned threads : {1U, 2U, 7U}) {
    const Error error = CatchError(ErrorKind::kBadInput, [&] {
      ScanPairs(*a_, *b_, pairing_.pairs, {.threads = threads}, no_progress_);
    });
    ExpectNamesLoss(error, path_b_, MiddleOfLate());
  }
}

// Whatever thread is where: the tensor named is the one that lost bytes.
TEST_F(ChangedFiles, ShrunkWhileOtherTensorsAreRead) {
  for (int round = 0; round < 30; ++round) {
    SCOPED_TRACE(round);
    Open();
    const std::uint64_t size = a_->files()[0].source->size_bytes();
    Truncate(path_a_, MiddleOfLate());
    const Error error = CatchError(ErrorKind::kBadInput, [&] {
      ScanPairs(*a_, *b_, pairing_.pairs, {.threads = 7}, no_progress_);
    });
    ExpectNamesLoss(error, path_a_, MiddleOfLate());
    Truncate(path_a_, size);
  }
}

TEST_F(ChangedFiles, ShrunkDuringScan) {
  Open();
  ActOnAdvance shrink([&] { Truncate(path_a_, MiddleOfLate()); });
  const Error error = CatchError(
      ErrorKind::kBadInput, [&] { ScanPairs(*a_, *b_, pairing_.pairs, {.threads = 1}, shrink); });
  ExpectNamesLoss(error, path_a_, MiddleOfLate());
}

TEST_F(ChangedFiles, GrownDuringScan) {
  Open();
  const std::uint64_t size = a_->files()[0].source->size_bytes();
  ActOnAdvance grow([&] { Truncate(path_a_, size + 1); });
  const Error error = CatchError(
      ErrorKind::kBadInput, [&] { ScanPairs(*a_, *b_, pairing_.pairs, {.threads = 2}, grow); });
  EXPECT_EQ(error.site().file, path_a_);
  EXPECT_THAT(error.message(), HasSubstr("changed while it was being read"));
}

TEST_F(ChangedFiles, OverwrittenDuringScan) {
  Open();
  ActOnAdvance overwrite([&] {
    const int file = open(path_b_.c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_GE(file, 0);
    EXPECT_EQ(pwrite(file, "\1", 1, static_cast<off_t>(late_->offset_bytes)), 1);
    close(file);
  });
  const Error error = CatchError(ErrorKind::kBadInput, [&] {
    ScanPairs(*a_, *b_, pairing_.pairs, {.threads = 2}, overwrite);
  });
  EXPECT_EQ(error.site().file, path_b_);
  EXPECT_THAT(error.message(), HasSubstr("changed while it was being read"));
}

TEST_F(ChangedFiles, ShrunkBeforeDiff) {
  Open();
  Truncate(path_a_, MiddleOfLate());
  const Error error =
      CatchError(ErrorKind::kBadInput, [&] { DiffBytes(*a_, *b_, pairing_, 2, no_progress_); });
  EXPECT_EQ(error.site().file, path_a_);
}

}  // namespace changed_files_test
}  // namespace modelkin
