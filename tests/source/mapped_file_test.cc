#include "source/mapped_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "source/byte_source.h"
#include "source/sha256.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"
#include "support/unprivileged.h"

namespace modelkin {
namespace mapped_file_test {

using testing::CatchError;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;
using testing::Unprivileged;
namespace fs = std::filesystem;

const auto kPage = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));

std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class MappedFile : public ::testing::Test {
 protected:
  // With a time stamp in the past: a change right now then differs from it on any file system.
  std::string WriteOldFile(std::string_view name, std::string_view content) {
    const std::string path = directory_.WriteFile(name, content);
    const timespec times[2] = {{.tv_sec = 1'000'000'000, .tv_nsec = 0},
                               {.tv_sec = 1'000'000'000, .tv_nsec = 0}};
    EXPECT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    return path;
  }

  std::uint64_t Sum(const ByteSource& source, std::uint64_t offset, std::uint64_t length) {
    std::uint64_t sum = 0;
    for (const std::byte byte : source.Read(offset, length, scratch_)) {
      sum += static_cast<std::uint64_t>(byte);
    }
    return sum;
  }

  TemporaryDirectory directory_;
  std::vector<std::byte> scratch_;
};

TEST_F(MappedFile, ReadsAnyRange) {
  const std::string path = directory_.WriteFile("file", "0123456789");
  const auto source = MapFile(path);
  EXPECT_EQ(source->label(), path);
  EXPECT_EQ(source->size_bytes(), 10U);
  EXPECT_EQ(Text(source->Read(0, 10, scratch_)), "0123456789");
  EXPECT_EQ(Text(source->Read(3, 4, scratch_)), "3456");
  EXPECT_EQ(Text(source->Read(10, 0, scratch_)), "");
  EXPECT_EQ(source->LostByte(), std::nullopt);
  EXPECT_NO_THROW(source->RequireUnchanged());
}

TEST_F(MappedFile, MissingFileIsBadInput) {
  const std::string path = directory_.File("missing");
  const Error error = CatchError(ErrorKind::kBadInput, [&] { MapFile(path); });
  EXPECT_THAT(error.what(), HasSubstr("cannot open: No such file or directory"));
  EXPECT_EQ(error.site().file, path);
}

TEST_F(MappedFile, PathThroughAFileIsBadInput) {
  const std::string path = directory_.WriteFile("file", "x") + "/below";
  const Error error = CatchError(ErrorKind::kBadInput, [&] { MapFile(path); });
  EXPECT_THAT(error.what(), HasSubstr("Not a directory"));
}

TEST_F(MappedFile, UnreadableFileIsAnIoError) {
  const std::string path = directory_.WriteFile("file", "x");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  const Unprivileged unprivileged;
  if (!unprivileged) GTEST_SKIP() << "cannot give up root's permissions";
  const Error error = CatchError(ErrorKind::kIo, [&] { MapFile(path); });
  EXPECT_THAT(error.what(), HasSubstr("Permission denied"));
}

TEST_F(MappedFile, DirectoryIsBadInput) {
  const Error error = CatchError(ErrorKind::kBadInput, [&] { MapFile(directory_.path()); });
  EXPECT_THAT(error.what(), HasSubstr("is a directory, not a file"));
}

TEST_F(MappedFile, FifoIsRefusedWithoutWaitingForAWriter) {
  const std::string path = directory_.File("fifo");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const Error error = CatchError(ErrorKind::kBadInput, [&] { MapFile(path); });
  EXPECT_THAT(error.what(), HasSubstr("is not a regular file"));
}

TEST_F(MappedFile, DeviceIsRefused) {
  const Error error = CatchError(ErrorKind::kBadInput, [] { MapFile("/dev/zero"); });
  EXPECT_THAT(error.what(), HasSubstr("is not a regular file"));
}

TEST_F(MappedFile, EmptyFileHasNoBytes) {
  const auto source = MapFile(directory_.WriteFile("empty", ""));
  EXPECT_EQ(source->size_bytes(), 0U);
  EXPECT_TRUE(source->Read(0, 0, scratch_).empty());
  EXPECT_EQ(source->LostByte(), std::nullopt);
  EXPECT_NO_THROW(source->RequireUnchanged());
  const Error error = CatchError(ErrorKind::kBadInput, [&] { (void)source->Read(0, 1, scratch_); });
  EXPECT_EQ(error.site().offset_bytes, 0U);
}

TEST_F(MappedFile, RangePastTheEndIsBadInput) {
  const std::string path = directory_.WriteFile("file", "0123456789");
  const auto source = MapFile(path);
  const Error error = CatchError(ErrorKind::kBadInput, [&] { (void)source->Read(7, 4, scratch_); });
  EXPECT_EQ(std::string(error.what()),
            path + ": byte 7: 4 bytes wanted here, but the file has 10 bytes in all");
  EXPECT_EQ(error.site().offset_bytes, 7U);
  CatchError(ErrorKind::kBadInput, [&] { (void)source->Read(~std::uint64_t{0}, 2, scratch_); });
}

TEST_F(MappedFile, SymbolicLinkIsFollowed) {
  directory_.WriteFile("blob", "content");
  fs::create_symlink("blob", directory_.File("link"));
  EXPECT_EQ(Text(MapFile(directory_.File("link"))->Read(0, 7, scratch_)), "content");
}

TEST_F(MappedFile, LoopOfSymbolicLinksIsBadInput) {
  fs::create_symlink("link", directory_.File("link"));
  CatchError(ErrorKind::kBadInput, [&] { MapFile(directory_.File("link")); });
}

TEST_F(MappedFile, BytesLostToTruncationReadAsZeroAndAreReported) {
  const std::string path = directory_.WriteFile("file", std::string(8 * kPage, '\x01'));
  const auto source = MapFile(path);
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(2 * kPage)), 0);
  EXPECT_EQ(Sum(*source, 0, 2 * kPage), 2 * kPage);
  EXPECT_EQ(source->LostByte(), std::nullopt);  // nothing lost has been read yet
  EXPECT_EQ(Sum(*source, 5 * kPage, kPage), 0U);
  EXPECT_EQ(source->LostByte(), 5 * kPage);
  const Error error = CatchError(ErrorKind::kBadInput, [&] { source->RequireUnchanged(); });
  EXPECT_THAT(error.what(), HasSubstr("changed while it was being read"));
  EXPECT_EQ(error.site().file, path);
}

// The time of its content is put back, as tools do that keep it, and as one does who hides a
// change.
TEST_F(MappedFile, AChangeInPlaceIsSeenWhateverTimeTheFileHas) {
  const std::string path = directory_.WriteFile("file", "old");
  struct stat then = {};
  ASSERT_EQ(stat(path.c_str(), &then), 0);
  const auto source = MapFile(path);
  source->RequireUnchanged();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // times have the grain of a clock
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary) << "new";
  const timespec times[2] = {then.st_atim, then.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  const Error error = CatchError(ErrorKind::kBadInput, [&] { source->RequireUnchanged(); });
  EXPECT_THAT(error.what(), HasSubstr("changed while it was being read"));
  EXPECT_NE(MapFile(path)->Version(), source->Version());
  EXPECT_EQ(MapFile(path)->Version(), MapFile(path)->Version());
}

TEST_F(MappedFile, OtherLinksAndRightsAreNoChange) {
  const std::string path = directory_.WriteFile("file", "content");
  const auto source = MapFile(path);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  fs::create_hard_link(path, directory_.File("link"));
  source->RequireUnchanged();
  ASSERT_EQ(chmod(path.c_str(), 0400), 0);
  source->RequireUnchanged();
}

TEST_F(MappedFile, BytesBeforeALossStayReadable) {
  const std::string path = directory_.WriteFile("file", std::string(8 * kPage, '\x01'));
  const auto source = MapFile(path);
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(4 * kPage)), 0);
  EXPECT_EQ(Sum(*source, 6 * kPage, kPage), 0U);
  EXPECT_EQ(Sum(*source, 0, 4 * kPage), 4 * kPage);
  EXPECT_EQ(Sum(*source, 0, 8 * kPage), 4 * kPage);
}

TEST_F(MappedFile, LossIsReportedForTheFileThatShrankOnly) {
  const auto whole = MapFile(directory_.WriteFile("whole", std::string(4 * kPage, '\x01')));
  const std::string path = directory_.WriteFile("shrinks", std::string(4 * kPage, '\x01'));
  const auto shrinks = MapFile(path);
  ASSERT_EQ(truncate(path.c_str(), 0), 0);
  EXPECT_EQ(Sum(*shrinks, 0, 4 * kPage), 0U);
  EXPECT_EQ(Sum(*whole, 0, 4 * kPage), 4 * kPage);
  EXPECT_EQ(shrinks->LostByte(), 0U);
  EXPECT_EQ(whole->LostByte(), std::nullopt);
}

TEST_F(MappedFile, LossIsForgottenWithTheFile) {
  const std::string path = directory_.WriteFile("file", std::string(4 * kPage, '\x01'));
  {
    const auto source = MapFile(path);
    ASSERT_EQ(truncate(path.c_str(), 0), 0);
    EXPECT_EQ(Sum(*source, 0, kPage), 0U);
    EXPECT_EQ(source->LostByte(), 0U);
  }
  directory_.WriteFile("file", std::string(4 * kPage, '\x02'));
  const auto source = MapFile(path);
  EXPECT_EQ(Sum(*source, 0, kPage), 2 * kPage);
  EXPECT_EQ(source->LostByte(), std::nullopt);
}

TEST_F(MappedFile, ClosingAnEmptyFileDoesNotUncoverAnother) {
  auto empty = MapFile(directory_.WriteFile("empty", ""));
  const std::string path = directory_.WriteFile("file", std::string(4 * kPage, '\x01'));
  const auto source = MapFile(path);
  empty.reset();
  ASSERT_EQ(truncate(path.c_str(), 0), 0);
  EXPECT_EQ(Sum(*source, 0, kPage), 0U);  // or SIGBUS ends the test
  EXPECT_EQ(source->LostByte(), 0U);
}

TEST_F(MappedFile, SeveralThreadsSurviveTheSameLoss) {
  const std::string path = directory_.WriteFile("file", std::string(64 * kPage, '\x01'));
  const auto source = MapFile(path);
  ASSERT_EQ(truncate(path.c_str(), 0), 0);
  std::vector<std::uint64_t> sums(4, 1);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < sums.size(); ++t) {
      threads.emplace_back([&, t] {
        std::vector<std::byte> scratch;
        sums[t] = 0;
        for (const std::byte byte : source->Read(t * 16 * kPage, 16 * kPage, scratch)) {
          sums[t] += static_cast<std::uint64_t>(byte);
        }
      });
    }
  }
  EXPECT_EQ(sums, std::vector<std::uint64_t>(4, 0));
  EXPECT_TRUE(source->LostByte().has_value());
}

TEST_F(MappedFile, DigestOfAShrunkFileIsRefused) {
  const std::string path = directory_.WriteFile("file", std::string(4 * kPage, '\x01'));
  const auto source = MapFile(path);
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(kPage)), 0);
  Progress progress;
  const Error error =
      CatchError(ErrorKind::kBadInput, [&] { Sha256OfRange(*source, 0, 4 * kPage, progress); });
  EXPECT_THAT(error.what(), HasSubstr("file shrank while it was being read"));
  EXPECT_EQ(error.site().offset_bytes, kPage);
}

TEST_F(MappedFile, TruncationWithinThePageOfTheEndIsNoticed) {
  // No page is lost, so the tail silently reads as zeros: only the size tells.
  const std::string path = WriteOldFile("file", "0123456789");
  const auto source = MapFile(path);
  ASSERT_EQ(truncate(path.c_str(), 5), 0);
  const Error error = CatchError(ErrorKind::kBadInput, [&] { source->RequireUnchanged(); });
  EXPECT_THAT(error.what(), HasSubstr("10 bytes then, 5 bytes now"));
}

TEST_F(MappedFile, GrowthIsNoticed) {
  const std::string path = WriteOldFile("file", "0123456789");
  const auto source = MapFile(path);
  std::ofstream(path, std::ios::app) << "more";
  CatchError(ErrorKind::kBadInput, [&] { source->RequireUnchanged(); });
}

TEST_F(MappedFile, ChangeOfTheSameSizeIsNoticed) {
  const std::string path = WriteOldFile("file", "0123456789");
  const auto source = MapFile(path);
  directory_.WriteFile("file", "9876543210");
  CatchError(ErrorKind::kBadInput, [&] { source->RequireUnchanged(); });
}

TEST_F(MappedFile, ReplacingTheNameLeavesTheOpenFileAsItWas) {
  const std::string path = WriteOldFile("file", "0123456789");
  const auto source = MapFile(path);
  fs::rename(directory_.WriteFile("new", "replaced"), path);
  EXPECT_NO_THROW(source->RequireUnchanged());
  EXPECT_EQ(Text(source->Read(0, 10, scratch_)), "0123456789");
}

}  // namespace mapped_file_test
}  // namespace modelkin
