#include "attestation/model_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "attestation/model_signature.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace modelkin::testing {
namespace model_manifest_test {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> PathsIn(const std::string& model,
                                 const std::vector<std::string>& ignored) {
  std::vector<std::string> paths;
  for (const ModelFile& file : ListModelFiles(model, ignored, ThisMachine()).files) {
    paths.push_back(file.path);
  }
  return paths;
}

ModelManifest ManifestOf(const std::string& model, const ManifestRules& rules) {
  Progress progress;
  return MakeManifest(ListModelFiles(model, rules.ignored, ThisMachine()), rules, ThisMachine(), 2,
                      progress);
}

class ModelManifestTest : public ::testing::Test {
 protected:
  void Make(std::string_view path, std::string_view content) {
    const std::filesystem::path within(path);
    std::filesystem::create_directories(folder_.path() / within.parent_path());
    folder_.WriteFile(path, content);
  }

  TemporaryDirectory folder_;
};

TEST_F(ModelManifestTest, FilesAreInTheOrderOfTheirPathsParts) {
  for (const char* const path : {"a-b/x", "a/y", "a.txt", "a/Z", ".hidden", "b", "a/b/c"}) {
    Make(path, path);
  }
  EXPECT_THAT(PathsIn(folder_.path(), {}),
              ElementsAre(".hidden", "a/Z", "a/b/c", "a/y", "a-b/x", "a.txt", "b"));
  EXPECT_THAT(PathsIn(folder_.path() + "/", {"a", "a-b/x", "nothing"}),
              ElementsAre(".hidden", "a.txt", "b"));
  EXPECT_THAT(PathsIn(folder_.File("b"), {}), ElementsAre("."));
}

TEST_F(ModelManifestTest, WhatIsNoFileIsRefused) {
  Make("a", "1");
  ASSERT_EQ(symlink("nowhere", folder_.File("link").c_str()), 0);
  EXPECT_THAT(CatchError(ErrorKind::kBadInput, [&] { PathsIn(folder_.path(), {}); }).what(),
              HasSubstr("leads to no file"));
  EXPECT_THAT(PathsIn(folder_.path(), {"link"}), ElementsAre("a"));
  ASSERT_EQ(mkfifo(folder_.File("fifo").c_str(), 0600), 0);
  EXPECT_THAT(CatchError(ErrorKind::kBadInput, [&] { PathsIn(folder_.path(), {"link"}); }).what(),
              HasSubstr("neither a file nor a folder"));
}

TEST_F(ModelManifestTest, ALinkInACircleEnds) {
  Make("a/b", "1");
  ASSERT_EQ(symlink("..", folder_.File("a/up").c_str()), 0);
  EXPECT_THAT(PathsIn(folder_.path(), {}), ElementsAre("a/b"));
}

TEST_F(ModelManifestTest, NamesThatAreNotUtf8AreRefused) {
  Make("a\xff", "1");
  EXPECT_THAT(CatchError(ErrorKind::kBadInput, [&] { PathsIn(folder_.path(), {}); }).what(),
              HasSubstr("not UTF-8"));
}

// Of "abc": FIPS 180-4's example.
TEST_F(ModelManifestTest, TheRootIsTheDigestOfDigests) {
  constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  Make("a", "abc");
  const ModelManifest manifest = ManifestOf(folder_.path(), {});
  ASSERT_EQ(manifest.items.size(), 1U);
  EXPECT_EQ(manifest.items[0].sha256, kAbc);
  // printf of these 32 bytes, by sha256sum.
  EXPECT_EQ(manifest.RootDigest(),
            "4f8b42c22dd3729b519ba6f68d2da7cc5b2d606d05daed5ad5128cc03e6c6358");
}

TEST_F(ModelManifestTest, RangesCoverFilesToTheLastByte) {
  Make("a", "0123456789");
  Make("empty", "");
  std::vector<std::string> names;
  const ModelManifest manifest = ManifestOf(folder_.path(), {.shard_bytes = 4});
  for (const ManifestItem& item : manifest.items) names.push_back(item.Name());
  EXPECT_THAT(names, ElementsAre("a:0:4", "a:4:8", "a:8:10"));
}

TEST_F(ModelManifestTest, DifferencesAreToldByName) {
  Make("a", "1");
  Make("b", "2");
  Make("c", "3");
  const ModelManifest before = ManifestOf(folder_.path(), {});
  Make("b", "4");
  Make("d", "5");
  std::filesystem::remove(folder_.File("c"));
  const ManifestDifferences found = CompareManifests(before, ManifestOf(folder_.path(), {}));
  EXPECT_EQ(found.equal, 1U);
  EXPECT_THAT(found.changed, ElementsAre("b"));
  EXPECT_THAT(found.missing, ElementsAre("c"));
  EXPECT_THAT(found.added, ElementsAre("d"));
  EXPECT_FALSE(found.agree());
}

TEST_F(ModelManifestTest, ComesBackFromItsJson) {
  Make("a", "0123456789");
  Make("b/c", "1");
  for (const auto shard_bytes : {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(3)}) {
    const ModelManifest made = ManifestOf(
        folder_.path(), {.shard_bytes = shard_bytes, .has_links = false, .ignored = {"x"}});
    const json written = json::parse(ManifestJson(made).dump());
    const ModelManifest read = ReadManifest({written, "file", ""});
    EXPECT_TRUE(CompareManifests(made, read).agree());
    EXPECT_EQ(read.RootDigest(), made.RootDigest());
    EXPECT_THAT(read.rules.ignored, ElementsAre("x"));
    EXPECT_EQ(read.rules.shard_bytes, shard_bytes);
  }
}

TEST(ReadManifest, NothingLeadsOutOfAModel) {
  const auto with = [](const std::string& name, const std::string& ignored) {
    return json{
        {"serialization",
         {{"method", "files"},
          {"hash_type", "sha256"},
          {"allow_symlinks", false},
          {"ignore_paths", json::array({ignored})}}},
        {"resources",
         json::array(
             {{{"name", name}, {"algorithm", "sha256"}, {"digest", std::string(64, '0')}}})}};
  };
  const json good = with("a/..b", "x");
  EXPECT_EQ(ReadManifest({good, "file", ""}).items.size(), 1U);
  for (const std::string path :
       {"", "/", "/etc/passwd", "..", "../a", "a/../b", "a/..", "a//b", "a/", "./a", "a/./b"}) {
    const json named = with(path, "x"), left_out = with("a", path);
    CatchError(ErrorKind::kBadInput, [&] { ReadManifest({named, "file", ""}); });
    CatchError(ErrorKind::kBadInput, [&] { ReadManifest({left_out, "file", ""}); });
  }
}

}  // namespace model_manifest_test
}  // namespace modelkin::testing
