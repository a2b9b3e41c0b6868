#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "atlas/atlas.h"
#include "atlas/bit_scan.h"
#include "atlas/profile_scan.h"
#include "base/error.h"
#include "support/made_up_sketch.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace atlas_damage_test {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MadeUpSketch;
using ::testing::Not;

class AtlasDamage : public ::testing::Test {
 protected:
  void SetUp() override {
    Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
    std::vector<Sketch> sketches;
    for (int i = 1; i <= 60; ++i) sketches.push_back(MadeUpSketch(i, 3));
    atlas.Add(sketches);
  }

  // One line that names the file.
  static void ExpectSaid(const Error& error, const std::string& path) {
    EXPECT_EQ(error.site().file.find(path), 0) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
  static std::string OpenError(const std::string& path, AtlasAccess access) {
    try {
      Atlas::Open(path, access);
    } catch (const Error& error) {
      ExpectSaid(error, path);
      return error.message();
    }
    ADD_FAILURE() << "it can be opened";
    return "";
  }
  // All that a user may do; errors are fine.
  static void UseAll(const std::string& path) {
    try {
      Atlas atlas = Atlas::Open(path, AtlasAccess::kWrite);
      const SketchedComponent component = MadeUpSketch(1, 3).components[0];
      const auto try_it = [&](const auto& what) {
        try {
          what();
        } catch (const Error& error) {
          ExpectSaid(error, path);
        }
      };
      const BitQuery query = {.kind = component.kind, .place = component.place};
      try_it([&] { atlas.Stats(); });
      try_it([&] { ScanBits(atlas, std::span(&query, 1), 5, 2); });
      try_it([&] { ScanProfiles(atlas, component.kind, FeaturesOf(component), 5, 2); });
      try_it([&] { atlas.ForEachEntry([](const AtlasEntry&) {}); });
      try_it([&] { atlas.ForEachSketch([](std::uint64_t, const Sketch&) {}); });
      try_it([&] { atlas.Verify(); });
      try_it([&] { atlas.Remove("org/model-7"); });
      const Sketch more = MadeUpSketch(500, 2);
      try_it([&] { atlas.Add(std::span(&more, 1)); });
    } catch (const Error& error) {
      ExpectSaid(error, path);
    }
  }
  // As another program would: what modelkin itself does not.
  void Run(const std::string& statements) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, statements.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  testing::TemporaryDirectory folder_;
  std::string path_ = folder_.File("models.atlas");
};

TEST_F(AtlasDamage, WhatIsNoAtlas) {
  const AtlasAccess all[] = {AtlasAccess::kRead, AtlasAccess::kWrite, AtlasAccess::kCreate};
  const std::string empty = folder_.WriteFile("empty", "");
  const std::string text = folder_.WriteFile("text", std::string(5000, 'x'));
  const std::string header = folder_.WriteFile("header", std::string("SQLite format 3\0", 16));
  const std::string other = folder_.File("other");
  sqlite3* database = nullptr;
  sqlite3_open(other.c_str(), &database);
  sqlite3_exec(database, "CREATE TABLE record(id)", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  for (const AtlasAccess access : all) {
    EXPECT_THAT(OpenError(empty, access), HasSubstr("empty"));
    EXPECT_THAT(OpenError(text, access), HasSubstr("no atlas"));
    EXPECT_THAT(OpenError(header, access), Not(IsEmpty()));
    EXPECT_THAT(OpenError(other, access), HasSubstr("another program"));
    EXPECT_THAT(OpenError(folder_.path(), access), HasSubstr("no regular file"));
  }
  EXPECT_THAT(OpenError(folder_.File("none"), AtlasAccess::kRead), HasSubstr("no such atlas"));
  EXPECT_THAT(OpenError(folder_.File("none"), AtlasAccess::kWrite), HasSubstr("no such atlas"));
  EXPECT_FALSE(std::filesystem::exists(folder_.File("none")));
  EXPECT_THROW(Atlas::Open(folder_.File("no/folder"), AtlasAccess::kCreate), Error);
  EXPECT_EQ(std::filesystem::file_size(empty), 0);
}

TEST_F(AtlasDamage, AnotherVersionIsRefused) {
  Run("PRAGMA user_version = 2");
  EXPECT_THAT(OpenError(path_, AtlasAccess::kRead), HasSubstr("version 2"));
}

TEST_F(AtlasDamage, TablesOfSomebodyElseAreRefused) {
  Run("CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END");
  EXPECT_THAT(OpenError(path_, AtlasAccess::kWrite), HasSubstr("tables"));
  Run("DROP TRIGGER t; DROP TABLE sketch; CREATE VIEW sketch AS SELECT 1 AS id, x'' AS bytes");
  EXPECT_THAT(OpenError(path_, AtlasAccess::kRead), HasSubstr("tables"));
}

TEST_F(AtlasDamage, CutOffAnywhere) {
  const std::string whole = testing::ReadWholeFile(path_);
  for (std::size_t part = 0; part < 20; ++part) {
    const std::string path = folder_.WriteFile("cut", whole.substr(0, whole.size() * part / 20));
    EXPECT_THAT(OpenError(path, AtlasAccess::kRead), Not(IsEmpty())) << part;
  }
  const std::string path = folder_.WriteFile("cut", whole.substr(0, whole.size() - 1));
  EXPECT_THAT(OpenError(path, AtlasAccess::kWrite), HasSubstr("cut off"));
}

TEST_F(AtlasDamage, RandomBytesAnywhere) {
  const std::string whole = testing::ReadWholeFile(path_);
  std::mt19937_64 random(5);
  for (int i = 0; i < 60; ++i) {
    std::string bytes = whole;
    for (int change = 0; change < 1 + i % 20; ++change) {
      // Often where the tables of pages are, at their beginnings.
      const std::size_t page = random() % (bytes.size() / 32768) * 32768;
      const std::size_t at = random() % 2 == 0 ? page + random() % 120 : random() % bytes.size();
      bytes[at] = static_cast<char>(random());
    }
    const std::string path = folder_.WriteFile("damaged", bytes);
    UseAll(path);
    std::filesystem::remove(path + "-wal");
    std::filesystem::remove(path + "-shm");
  }
}

TEST_F(AtlasDamage, HostileValues) {
  for (const char* const change :
       {"UPDATE record SET slots = x'00'",
        "UPDATE record SET slots = zeroblob(10000000)",
        "UPDATE record SET slots = zeroblob(32)",
        "UPDATE chunk SET used = 1000000",
        "UPDATE chunk SET capacity = 9223372036854775807",
        "UPDATE chunk SET capacity = -1",
        "UPDATE chunk SET used = -5",
        "UPDATE chunk SET cleared = used + 1",
        "UPDATE chunk SET place = 77",
        "UPDATE chunk_data SET bytes = zeroblob(10)",
        "UPDATE chunk_data SET bytes = 'text'",
        "DELETE FROM chunk_data",
        "DELETE FROM chunk",
        "DELETE FROM place",
        "DELETE FROM sketch",
        "DELETE FROM state",
        "UPDATE sketch SET bytes = x'80'",
        "UPDATE sketch SET bytes = zeroblob(8000000)",
        "UPDATE sketch SET bytes = 5",
        "UPDATE place SET role = 100000, kind = -3",
        "UPDATE record SET name = x'00', content = 1.5",
        "UPDATE record SET id = -id",
        "UPDATE record SET slots = (SELECT slots FROM record WHERE id = 3)",
        "UPDATE record SET id = 9223372036854775807 WHERE id = 60",
        "DELETE FROM record WHERE id = 3"}) {
    const std::string whole = testing::ReadWholeFile(path_);
    Run(change);
    EXPECT_THAT(Atlas::Open(path_, AtlasAccess::kRead).Verify(), Not(IsEmpty())) << change;
    UseAll(path_);
    folder_.WriteFile("models.atlas", whole);
  }
}

// In a process of its own, whose user and limits change; returns its exit code.
template <class Work>
int InAnotherProcess(const Work& work) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      _exit(work());
    } catch (const Error& error) {
      const std::string line = error.what();
      _exit(line.find('\n') == std::string::npos ? static_cast<int>(error.kind()) : 1);
    } catch (...) {
      _exit(1);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(AtlasDamage, FullDisk) {
  const std::uint64_t room = std::filesystem::file_size(path_) + 300'000;
  const int code = InAnotherProcess([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {room, room};
    setrlimit(RLIMIT_FSIZE, &limit);
    Atlas atlas = Atlas::Open(path_, AtlasAccess::kWrite);
    for (std::uint64_t i = 100;; ++i) {
      const Sketch sketch = MadeUpSketch(i, 3);
      try {
        atlas.Add(std::span(&sketch, 1));
      } catch (const Error& error) {
        if (error.message().find("space") == std::string::npos) return 1;
        // All that was reported, and readable.
        return atlas.CountRecords() == 60 + i - 100 && atlas.Verify().empty() ? 77 : 2;
      }
    }
  });
  EXPECT_EQ(code, 77);
  Atlas atlas = Atlas::Open(path_, AtlasAccess::kWrite);
  EXPECT_THAT(atlas.Verify(), IsEmpty());
  EXPECT_GE(atlas.CountRecords(), 60);
}

TEST_F(AtlasDamage, FolderThatCanNotBeWrittenTo) {
  constexpr uid_t kNobody = 65534;
  const uid_t user = geteuid();
  if (user != 0) GTEST_SKIP() << "needs to become another user";
  chmod(path_.c_str(), 0644);
  chmod(folder_.path().c_str(), 0755);
  EXPECT_EQ(InAnotherProcess([&] {
              if (setuid(kNobody) != 0) return 1;
              const Atlas atlas = Atlas::Open(path_, AtlasAccess::kRead);
              const BitQuery query = {.place = MadeUpSketch(1).components[0].place};
              const auto found = ScanBits(atlas, std::span(&query, 1), 5, 2);
              return atlas.CountRecords() == 60 && found[0].compared == 60 ? 77 : 2;
            }),
            77);
  for (const AtlasAccess access : {AtlasAccess::kWrite, AtlasAccess::kCreate}) {
    EXPECT_EQ(InAnotherProcess([&] {
                if (setuid(kNobody) != 0) return 1;
                const Sketch sketch = MadeUpSketch(1000);
                Atlas::Open(path_, access).Add(std::span(&sketch, 1));
                return 0;
              }),
              static_cast<int>(ErrorKind::kIo));
  }
  EXPECT_EQ(InAnotherProcess([&] {
              if (setuid(kNobody) != 0) return 1;
              Atlas::Open(folder_.File("new"), AtlasAccess::kCreate);
              return 0;
            }),
            static_cast<int>(ErrorKind::kIo));
}

}  // namespace atlas_damage_test
}  // namespace modelkin
