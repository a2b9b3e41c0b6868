#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "atlas/atlas.h"
#include "support/made_up_sketch.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace atlas_kill_test {

using ::testing::IsEmpty;
using testing::MadeUpSketch;

constexpr std::uint64_t kBatch = 20;

std::vector<Sketch> BatchOf(std::uint64_t number) {
  std::vector<Sketch> sketches;
  for (std::uint64_t i = 0; i < kBatch; ++i) {
    sketches.push_back(MadeUpSketch(1 + number * kBatch + i, 1));
  }
  return sketches;
}

// Adds batches, removes one record of each, and writes a byte to `reports` after each of the two.
[[noreturn]] void AddForEver(const std::string& path, int reports) {
  Atlas atlas = Atlas::Open(path, AtlasAccess::kCreate);
  for (std::uint64_t batch = 0;; ++batch) {
    atlas.Add(BatchOf(batch));
    if (write(reports, "a", 1) != 1) _exit(1);
    atlas.Remove(MadeUpSketch(1 + batch * kBatch).name);
    if (write(reports, "r", 1) != 1) _exit(1);
  }
}

// Returns what the child had reported when it was killed, some time after its first reports.
std::string RunAndKill(const std::string& path, std::chrono::microseconds after) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    AddForEver(path, ends[1]);
  }
  close(ends[1]);
  std::string reports;
  char report = 0;
  if (read(ends[0], &report, 1) == 1) reports += report;
  std::this_thread::sleep_for(after);
  kill(child, SIGKILL);
  while (read(ends[0], &report, 1) == 1) reports += report;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
  return reports;
}

TEST(AtlasKill, NothingThatWasReportedIsLost) {
  for (const int milliseconds : {0, 1, 3, 7, 12, 20, 31, 45}) {
    const testing::TemporaryDirectory folder;
    const std::string path = folder.File("models.atlas");
    const std::string reports = RunAndKill(path, std::chrono::milliseconds(milliseconds));
    ASSERT_FALSE(reports.empty());
    const auto added = static_cast<std::uint64_t>(std::ranges::count(reports, 'a'));
    const auto removed = static_cast<std::uint64_t>(std::ranges::count(reports, 'r'));
    Atlas atlas = Atlas::Open(path, AtlasAccess::kWrite);
    EXPECT_THAT(atlas.Verify(), IsEmpty());
    for (std::uint64_t batch = 0; batch < added; ++batch) {
      for (std::uint64_t i = 1; i < kBatch; ++i) {
        ASSERT_EQ(atlas.Find(MadeUpSketch(1 + batch * kBatch + i, 0).name).size(), 1);
      }
    }
    // What was done and not yet reported may be there: one batch more, or one record less.
    const std::uint64_t least = added * kBatch - removed;
    EXPECT_THAT(atlas.CountRecords(), ::testing::AnyOf(least, least - 1, least + kBatch));
    EXPECT_GT(atlas.Add(BatchOf(added + 2)).added, 0);  // and it goes on
    EXPECT_THAT(atlas.Verify(), IsEmpty());
  }
}

TEST(AtlasKill, WhatIsLeftCanBeReadWithoutWriting) {
  const testing::TemporaryDirectory folder;
  const std::string path = folder.File("models.atlas");
  const std::string reports = RunAndKill(path, std::chrono::milliseconds(5));
  const Atlas atlas = Atlas::Open(path, AtlasAccess::kRead);
  EXPECT_THAT(atlas.Verify(), IsEmpty());
  EXPECT_GE(atlas.CountRecords(), kBatch - 1);
}

}  // namespace atlas_kill_test
}  // namespace modelkin
