#include "base/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "support/expect_error.h"
#include "support/temporary_directory.h"
#include "support/unprivileged.h"

namespace modelkin {
namespace output_file_test {

using testing::CatchError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadWholeFile;
using testing::TemporaryDirectory;
using testing::Unprivileged;

TEST(OutputFile, AppearsOnCommitOnly) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("report.json");
  OutputFile file(path);
  file.Write("first ");
  file.Write("");
  file.Write("second");
  EXPECT_NE(access(path.c_str(), F_OK), 0);
  file.Commit();
  EXPECT_EQ(ReadWholeFile(path), "first second");
  EXPECT_THAT(directory.Entries(), ElementsAre("report.json"));
}

TEST(OutputFile, CommittedEmptyIsAnEmptyFile) {
  const TemporaryDirectory directory;
  OutputFile(directory.File("empty")).Commit();
  EXPECT_EQ(ReadWholeFile(directory.File("empty")), "");
}

TEST(OutputFile, ReplacesOldContentOnCommitOnly) {
  const TemporaryDirectory directory;
  const std::string path = directory.WriteFile("report.json", "old and longer");
  OutputFile file(path);
  file.Write("new");
  EXPECT_EQ(ReadWholeFile(path), "old and longer");
  file.Commit();
  EXPECT_EQ(ReadWholeFile(path), "new");
}

TEST(OutputFile, WithoutCommitLeavesOldContentAndNoTemporary) {
  const TemporaryDirectory directory;
  const std::string path = directory.WriteFile("report.json", "old");
  {
    OutputFile file(path);
    file.Write("new");
  }
  EXPECT_EQ(ReadWholeFile(path), "old");
  EXPECT_THAT(directory.Entries(), ElementsAre("report.json"));
}

TEST(OutputFile, WithoutCommitLeavesNothingWhereNothingWas) {
  const TemporaryDirectory directory;
  OutputFile(directory.File("report.json")).Write("new");
  EXPECT_THAT(directory.Entries(), IsEmpty());
}

TEST(OutputFile, InAMissingFolderIsAnIoError) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("none/report.json");
  const Error error = CatchError(ErrorKind::kIo, [&] { OutputFile file(path); });
  EXPECT_THAT(error.what(), HasSubstr("cannot create: No such file or directory"));
  EXPECT_EQ(error.site().file, path);
}

TEST(OutputFile, InAFolderThatMayNotBeWrittenIsAnIoError) {
  const TemporaryDirectory directory;
  const std::string path = directory.WriteFile("report.json", "old");
  ASSERT_EQ(chmod(directory.path().c_str(), 0555), 0);
  const Unprivileged unprivileged;
  if (!unprivileged) GTEST_SKIP() << "cannot give up root's permissions";
  const Error error = CatchError(ErrorKind::kIo, [&] { OutputFile file(path); });
  EXPECT_THAT(error.what(), HasSubstr("cannot create: Permission denied"));
}

TEST(OutputFile, OnADirectoryIsAnIoError) {
  const TemporaryDirectory directory;
  const Error error = CatchError(ErrorKind::kIo, [&] { OutputFile file(directory.path()); });
  EXPECT_THAT(error.what(), HasSubstr("Is a directory"));
  EXPECT_THAT(directory.Entries(), IsEmpty());
}

TEST(OutputFile, OnAFullDeviceIsAnIoError) {
  const Error error = CatchError(ErrorKind::kIo, [] {
    OutputFile file("/dev/full");
    file.Write("x");
    file.Commit();
  });
  EXPECT_THAT(error.what(), HasSubstr("No space left on device"));
  EXPECT_EQ(error.site().file, "/dev/full");
}

TEST(OutputFile, WritesADeviceInPlace) {
  OutputFile file("/dev/null");
  file.Write("x");
  file.Commit();
  struct stat status = {};
  ASSERT_EQ(stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

// Lets files of this process grow to `bytes` only, as if the disk were full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit = {.rlim_cur = bytes, .rlim_max = old_limit_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*old_handler_)(int);
  rlimit old_limit_ = {};
};

TEST(OutputFile, OnAFullDiskLeavesNeitherTheFileNorATemporary) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("report.json");
  const auto write_too_much = [&] {
    const FileSizeLimit limit(10'000);  // within the second write
    OutputFile file(path);
    file.Write(std::string(8'000, 'x'));
    file.Write(std::string(8'000, 'y'));
    file.Commit();
  };
  const Error error = CatchError(ErrorKind::kIo, write_too_much);
  EXPECT_THAT(error.what(), HasSubstr("cannot write: File too large"));
  EXPECT_EQ(error.site().file, path);
  EXPECT_THAT(directory.Entries(), IsEmpty());
}

TEST(OutputFile, OnAFullDiskKeepsOldContent) {
  const TemporaryDirectory directory;
  const std::string path = directory.WriteFile("report.json", "old");
  CatchError(ErrorKind::kIo, [&] {
    const FileSizeLimit limit(100);
    OutputFile(path).Write(std::string(101, 'x'));
  });
  EXPECT_EQ(ReadWholeFile(path), "old");
  EXPECT_THAT(directory.Entries(), ElementsAre("report.json"));
}

class OutputFileMode : public ::testing::TestWithParam<mode_t> {};

TEST_P(OutputFileMode, FollowsTheMask) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("report.json");
  const mode_t old_mask = umask(GetParam());
  OutputFile(path).Commit();
  const mode_t mask_afterwards = umask(old_mask);
  struct stat status = {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0666U & ~GetParam());
  EXPECT_EQ(mask_afterwards, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Masks, OutputFileMode, ::testing::Values(000U, 022U, 027U, 077U));

TEST(WriteAll, WritesEverythingToTheDescriptor) {
  std::array<int, 2> ends = {};
  ASSERT_EQ(pipe(ends.data()), 0);
  WriteAll(ends[1], "hello", "pipe");
  close(ends[1]);
  std::array<char, 16> received = {};
  const ssize_t length = read(ends[0], received.data(), received.size());
  close(ends[0]);
  ASSERT_EQ(length, 5);
  EXPECT_STREQ(received.data(), "hello");
}

TEST(WriteAll, OnABadDescriptorIsAnIoErrorWithTheLabel) {
  const Error error = CatchError(ErrorKind::kIo, [] { WriteAll(-1, "x", "standard output"); });
  EXPECT_THAT(error.what(), HasSubstr("standard output: cannot write: Bad file descriptor"));
}

}  // namespace output_file_test
}  // namespace modelkin
