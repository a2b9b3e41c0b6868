#include "base/output_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/output_file.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace output_place_test {

using testing::CatchError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadWholeFile;
using testing::TemporaryDirectory;

constexpr uid_t kSomebody = 1234;

void Link(const std::string& target, const std::string& path) {
  ASSERT_EQ(symlink(target.c_str(), path.c_str()), 0);
}

void Write(const std::string& path, std::string_view text) {
  OutputFile file(path);
  file.Write(text);
  file.Commit();
}

TEST(OutputPlace, FollowsLinksThatTheUserMade) {
  const TemporaryDirectory directory;
  ASSERT_EQ(mkdir(directory.File("real").c_str(), 0777), 0);
  Link("real", directory.File("folder"));
  Link("../out.json", directory.File("real/link"));
  Write(directory.File("folder/link"), "text");
  EXPECT_EQ(ReadWholeFile(directory.File("out.json")), "text");
  EXPECT_THAT(directory.Entries(), ElementsAre("folder", "out.json", "real"));
  struct stat status = {};
  ASSERT_EQ(lstat(directory.File("real/link").c_str(), &status), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
}

TEST(OutputPlace, RefusesLinksOfOthersAtTheEndAndOnTheWay) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a link to somebody";
  const TemporaryDirectory directory;
  const std::string victim = directory.WriteFile("victim", "text");
  ASSERT_EQ(mkdir(directory.File("trap").c_str(), 0777), 0);
  Link("../victim", directory.File("trap/out.json"));
  Link(".", directory.File("trap/folder"));
  for (const char* const link : {"trap/out.json", "trap/folder"}) {
    ASSERT_EQ(lchown(directory.File(link).c_str(), kSomebody, kSomebody), 0);
  }
  for (const char* const path : {"trap/out.json", "trap/folder/new.json"}) {
    const Error error = CatchError(ErrorKind::kIo, [&] { Write(directory.File(path), "x"); });
    EXPECT_THAT(error.what(), HasSubstr("of another user (1234)"));
  }
  CatchError(ErrorKind::kIo, [&] { MakeOutputFolder(directory.File("trap/folder/made")); });
  EXPECT_EQ(ReadWholeFile(victim), "text");
}

// Root's links count as the system's, but not where anybody could have root's link lie.
TEST(OutputPlace, RefusesRootsLinksWhereAnybodyMayWrite) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can be two users";
  const TemporaryDirectory directory;
  ASSERT_EQ(chmod(directory.path().c_str(), 0755), 0);
  for (const char* const name : {"open", "closed", "target"}) {
    ASSERT_EQ(mkdir(directory.File(name).c_str(), 0777), 0);
  }
  ASSERT_EQ(chmod(directory.File("open").c_str(), 01777), 0);
  ASSERT_EQ(chmod(directory.File("closed").c_str(), 0755), 0);
  ASSERT_EQ(chmod(directory.File("target").c_str(), 0777), 0);
  Link("../target", directory.File("open/link"));
  Link("../target", directory.File("closed/link"));
  ASSERT_EQ(seteuid(kSomebody), 0);
  EXPECT_NO_THROW(FindOutputPlace(directory.File("closed/link/out")));
  EXPECT_THROW(FindOutputPlace(directory.File("open/link/out")), Error);
  ASSERT_EQ(seteuid(0), 0);
}

TEST(OutputPlace, KnowsWhatIsOpenAlready) {
  const TemporaryDirectory directory;
  Link("/dev/stdout", directory.File("own"));
  for (const std::string& path :
       {std::string("/dev/stdout"), std::string("/proc/self/fd/1"), directory.File("own")}) {
    EXPECT_EQ(FindOutputPlace(path).open_descriptor, 1) << path;
  }
  CatchError(ErrorKind::kIo, [] { OutputFile file("/dev/fd/999"); });
}

TEST(OutputPlace, OfLoopsAndNonsenseIsAnIoError) {
  const TemporaryDirectory directory;
  Link("b", directory.File("a"));
  Link("a", directory.File("b"));
  directory.WriteFile("file", "");
  for (const char* const path : {"a", "a/x", "file/x", "file/", "", "..", "none/x"}) {
    CatchError(ErrorKind::kIo, [&] { FindOutputPlace(directory.File(path)); });
  }
  CatchError(ErrorKind::kIo, [] { FindOutputPlace(""); });
}

TEST(MakeOutputFolder, MakesThoseAboveItAndIsContentWithWhatIsThere) {
  const TemporaryDirectory directory;
  MakeOutputFolder(directory.File("a/b/c"));
  MakeOutputFolder(directory.File("a/b/c/"));
  Write(directory.File("a/b/c/file"), "text");
  CatchError(ErrorKind::kIo, [&] { MakeOutputFolder(directory.File("a/b/c/file/d")); });
}

TEST(PartialFiles, OfKilledProcessesGoWithTheNextOutput) {
  const TemporaryDirectory directory;
  directory.WriteFile("out.json.partial-abc123", "left");
  directory.WriteFile("out.json.partial-ABC123", "somebody's");
  directory.WriteFile("out.json.partial-abc1234", "somebody's");
  directory.WriteFile("other.json.partial-abc123", "of another output");
  ASSERT_EQ(mkdir(directory.File("out.json.partial-folder").c_str(), 0777), 0);
  Write(directory.File("out.json"), "text");
  EXPECT_THAT(directory.Entries(),
              ElementsAre("other.json.partial-abc123", "out.json", "out.json.partial-ABC123",
                          "out.json.partial-abc1234", "out.json.partial-folder"));
}

TEST(PartialFiles, OfLongNamesAreCut) {
  const TemporaryDirectory directory;
  const std::string name(255, 'n');
  Write(directory.File(name), "text");
  EXPECT_THAT(directory.Entries(), ElementsAre(name));
}

TEST(PartialFiles, AreNothingOfAnOutputThatIsBeingWritten) {
  const TemporaryDirectory directory;
  OutputFile first(directory.File("out"));
  first.Write("first");
  Write(directory.File("out"), "second");
  first.Commit();
  EXPECT_EQ(ReadWholeFile(directory.File("out")), "first");
  EXPECT_THAT(directory.Entries(), ElementsAre("out"));
}

}  // namespace output_place_test
}  // namespace modelkin
