// In which order an output is synced and named, seen by taking the place of the C library's calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/output_file.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace output_sync_test {

std::vector<std::string>& Calls() {
  static std::vector<std::string> calls;
  return calls;
}

}  // namespace output_sync_test
}  // namespace modelkin

extern "C" int fsync(int descriptor) {
  struct stat status = {};
  const bool is_folder = fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
  modelkin::output_sync_test::Calls().emplace_back(is_folder ? "sync folder" : "sync file");
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}

extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to,
                         unsigned flags) noexcept {
  modelkin::output_sync_test::Calls().emplace_back("rename");
  return static_cast<int>(syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

namespace modelkin {
namespace output_sync_test {

using ::testing::ElementsAre;
using testing::TemporaryDirectory;

TEST(OutputSync, TheFileIsOnDiskBeforeItHasItsNameAndTheNameAfter) {
  const TemporaryDirectory directory;
  OutputFile file(directory.File("out.json"));
  file.Write("text");
  Calls().clear();
  file.Commit();
  EXPECT_THAT(Calls(), ElementsAre("sync file", "rename", "sync folder"));
}

TEST(OutputSync, NothingIsSyncedOfWhatIsGivenUp) {
  const TemporaryDirectory directory;
  Calls().clear();
  OutputFile(directory.File("out.json")).Write("text");
  EXPECT_THAT(Calls(), ElementsAre());
}

}  // namespace output_sync_test
}  // namespace modelkin
