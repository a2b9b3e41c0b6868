#include "hub/block_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "support/temporary_directory.h"

namespace modelkin {
namespace block_cache_test {

namespace fs = std::filesystem;

std::vector<std::byte> Bytes(std::size_t count, int value) {
  return std::vector<std::byte>(count, static_cast<std::byte>(value));
}

std::vector<fs::path> FilesUnder(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  return files;
}

TEST(BlockCache, GivesBackWhatItTook) {
  testing::TemporaryDirectory directory;
  BlockCache cache(directory.path(), 1 << 20);
  EXPECT_EQ(cache.Find("one"), nullptr);
  cache.Store("one", Bytes(100, 1));
  cache.Store("two", Bytes(0, 0));
  EXPECT_EQ(*cache.Find("one"), Bytes(100, 1));
  EXPECT_EQ(*cache.Find("two"), Bytes(0, 0));
  EXPECT_TRUE(cache.Has("one"));
  EXPECT_FALSE(cache.Has("three"));
  EXPECT_EQ(*BlockCache(directory.path(), 1 << 20).Find("one"), Bytes(100, 1));
}

TEST(BlockCache, DamagedPartsAreMissing) {
  testing::TemporaryDirectory directory;
  BlockCache(directory.path(), 1 << 20).Store("part", Bytes(100, 1));
  const fs::path file = FilesUnder(directory.path()).at(0);
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).put('x');
  BlockCache cache(directory.path(), 1 << 20);
  EXPECT_EQ(cache.Find("part"), nullptr);
  cache.Store("part", Bytes(100, 2));
  EXPECT_EQ(*cache.Find("part"), Bytes(100, 2));
  EXPECT_EQ(*BlockCache(directory.path(), 1 << 20).Find("part"), Bytes(100, 2));
  fs::resize_file(file, 30);
  EXPECT_EQ(BlockCache(directory.path(), 1 << 20).Find("part"), nullptr);
}

// Wrong numbers, with exit code 0, for each was whole.
TEST(BlockCache, PartsThatChangedPlacesAreMissing) {
  testing::TemporaryDirectory directory;
  BlockCache(directory.path(), 1 << 20).Store("one", Bytes(100, 1));
  const fs::path one = FilesUnder(directory.path()).at(0);
  BlockCache(directory.path(), 1 << 20).Store("two", Bytes(100, 2));
  std::vector<fs::path> both = FilesUnder(directory.path());
  const fs::path two = both.at(0) == one ? both.at(1) : both.at(0);
  fs::rename(one, directory.File("t"));
  fs::rename(two, one);
  fs::rename(directory.File("t"), two);
  ::testing::internal::CaptureStderr();
  BlockCache cache(directory.path(), 1 << 20);
  EXPECT_EQ(cache.Find("one"), nullptr);
  EXPECT_EQ(cache.Find("two"), nullptr);
  EXPECT_EQ(
      ::testing::internal::GetCapturedStderr(),
      "modelkin: " + one.string() + ": is damaged: it is fetched again, as are others like it\n");
  cache.Store("one", Bytes(100, 1));
  EXPECT_EQ(*BlockCache(directory.path(), 1 << 20).Find("one"), Bytes(100, 1));
}

TEST(BlockCache, AnyChangedByteIsSeen) {
  testing::TemporaryDirectory directory;
  BlockCache(directory.path(), 1 << 20).Store("part", Bytes(100, 1));
  const fs::path file = FilesUnder(directory.path()).at(0);
  const std::string whole = testing::ReadWholeFile(file.string());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    std::ofstream(file, std::ios::binary) << changed;
    EXPECT_EQ(BlockCache(directory.path(), 1 << 20).Find("part"), nullptr) << i;
  }
  std::ofstream(file, std::ios::binary) << whole;
  EXPECT_EQ(*BlockCache(directory.path(), 1 << 20).Find("part"), Bytes(100, 1));
}

// Neither is what others keep in the folder counted.
TEST(BlockCache, DeletesOnlyParts) {
  testing::TemporaryDirectory directory;
  const std::string digits(62, 'a');
  const std::string target = directory.WriteFile("target", std::string(5000, 'x'));
  const std::vector<std::string> foreign = {
      directory.path() + "/blocks/thesis.tex", directory.path() + "/blocks/ab/thesis.tex",
      directory.path() + "/blocks/ab/" + digits, directory.path() + "/blocks/ab/cd/" + digits,
      directory.path() + "/" + digits};
  fs::create_directories(directory.path() + "/blocks/ab/cd");
  for (const std::string& file : foreign) std::ofstream(file) << std::string(5000, 'x');
  const std::string link = directory.path() + "/blocks/ab/" + std::string(62, 'b');
  fs::create_symlink(target, link);
  BlockCache cache(directory.path(), 20'000);
  for (int i = 0; i < 50; ++i) cache.Store("part " + std::to_string(i), Bytes(1000, i));
  EXPECT_TRUE(cache.Has("part 49"));
  EXPECT_FALSE(cache.Has("part 1"));
  for (const std::string& file : foreign) {
    EXPECT_EQ(testing::ReadWholeFile(file), std::string(5000, 'x')) << file;
  }
  EXPECT_TRUE(fs::is_symlink(link));
}

TEST(BlockCache, StaysUnderItsLimitAndKeepsWhatIsUsed) {
  testing::TemporaryDirectory directory;
  BlockCache cache(directory.path(), 20'000);
  for (int i = 0; i < 50; ++i) {
    cache.Store("part " + std::to_string(i), Bytes(1000, i));
    std::this_thread::sleep_for(std::chrono::milliseconds(3));  // times of files tell them apart
    EXPECT_NE(BlockCache(directory.path(), 20'000).Find("part 0"), nullptr) << i;
  }
  std::uint64_t bytes = 0;
  for (const fs::path& file : FilesUnder(directory.path())) bytes += fs::file_size(file);
  EXPECT_LE(bytes, 20'000U);
  EXPECT_GE(bytes, 15'000U);
  EXPECT_FALSE(cache.Has("part 1"));
  EXPECT_TRUE(cache.Has("part 49"));
}

TEST(BlockCache, PartsOverTheLimitAreNotKept) {
  testing::TemporaryDirectory directory;
  BlockCache cache(directory.path(), 1000);
  cache.Store("large", Bytes(2000, 1));
  EXPECT_FALSE(cache.Has("large"));
}

TEST(BlockCache, WithoutAFolderOnlyTheLastAreKept) {
  testing::TemporaryDirectory directory;
  directory.WriteFile("file", "");
  for (const std::string& folder : {std::string(), directory.path() + "/file"}) {
    BlockCache cache(folder, 1 << 20);
    cache.Store("first", Bytes(10, 1));
    EXPECT_EQ(*cache.Find("first"), Bytes(10, 1));
    EXPECT_FALSE(cache.Has("first"));
    for (int i = 0; i < 100; ++i) cache.Store("part " + std::to_string(i), Bytes(10, i));
    EXPECT_EQ(cache.Find("first"), nullptr);
    EXPECT_EQ(*cache.Find("part 99"), Bytes(10, 99));
    EXPECT_EQ(BlockCache(folder, 1 << 20).Find("part 99"), nullptr);
  }
}

}  // namespace block_cache_test
}  // namespace modelkin
