// Checkpoints of several files with an index.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "checkpoint/checkpoint.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace sharded_checkpoint_test {

using testing::CatchError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SafetensorsFile;
using testing::TemporaryDirectory;
using testing::TestTensor;
namespace fs = std::filesystem;

constexpr const char* kIndex = "model.safetensors.index.json";
constexpr const char* kFirst = "model-00001-of-00002.safetensors";
constexpr const char* kSecond = "model-00002-of-00002.safetensors";

TestTensor Byte(const std::string& name) { return {name, "U8", {1}, "x"}; }

class ShardedCheckpoint : public ::testing::Test {
 protected:
  void WriteShard(std::string_view file, const std::vector<TestTensor>& tensors) {
    directory_.WriteFile(file, SafetensorsFile(tensors));
  }

  void WriteIndex(const std::map<std::string, std::string>& shard_of,
                  std::string_view file = kIndex) {
    std::string text = R"({"metadata":{"total_size":99},"weight_map":{)";
    for (const auto& [tensor, shard] : shard_of) {
      text.append(text.ends_with('{') ? "\"" : ",\"").append(tensor).append("\":\"");
      text.append(shard).append("\"");
    }
    directory_.WriteFile(file, text + "}}");
  }

  // a and c in the first shard, b in the second.
  void WriteTwoShards() {
    WriteShard(kFirst, {Byte("c"), Byte("a")});
    WriteShard(kSecond, {Byte("b")});
    WriteIndex({{"a", kFirst}, {"b", kSecond}, {"c", kFirst}});
  }

  Error RefusalOf(const std::string& path) {
    return CatchError(ErrorKind::kBadInput, [&] { OpenCheckpoint(path); });
  }

  TemporaryDirectory directory_;
};

TEST_F(ShardedCheckpoint, OpensByDirectory) {
  WriteTwoShards();
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path());
  EXPECT_EQ(checkpoint.path(), directory_.path());
  ASSERT_EQ(checkpoint.files().size(), 2U);
  EXPECT_EQ(checkpoint.files()[0].name, kFirst);
  EXPECT_EQ(checkpoint.files()[1].name, kSecond);
  ASSERT_EQ(checkpoint.tensors().size(), 3U);
  EXPECT_EQ(checkpoint.Find("a")->file, 0U);
  EXPECT_EQ(checkpoint.Find("b")->file, 1U);
  EXPECT_EQ(checkpoint.Find("c")->file, 0U);
  EXPECT_EQ(checkpoint.Find("a")->offset_bytes, checkpoint.files()[0].header_bytes + 1);
  EXPECT_EQ(checkpoint.SourceOf(*checkpoint.Find("b")).label(), directory_.File(kSecond));
  EXPECT_THAT(InEnglish(checkpoint.warnings()), IsEmpty());
}

TEST_F(ShardedCheckpoint, OpensByIndex) {
  WriteTwoShards();
  const std::string path = directory_.File(kIndex);
  const Checkpoint checkpoint = OpenCheckpoint(path);
  EXPECT_EQ(checkpoint.path(), path);
  EXPECT_EQ(checkpoint.tensors().size(), 3U);
  EXPECT_EQ(checkpoint.total_bytes(), 3U);
}

TEST_F(ShardedCheckpoint, OpensByIndexInTheWorkingDirectory) {
  WriteTwoShards();
  const fs::path before = fs::current_path();
  fs::current_path(directory_.path());
  const std::size_t tensors = OpenCheckpoint(kIndex).tensors().size();
  fs::current_path(before);
  EXPECT_EQ(tensors, 3U);
}

TEST_F(ShardedCheckpoint, FilesBesideTheIndexedOnesAreIgnored) {
  WriteTwoShards();
  directory_.WriteFile("broken.safetensors", "not a model");
  for (const std::string& path : {directory_.path(), directory_.File(kIndex)}) {
    const Checkpoint checkpoint = OpenCheckpoint(path);
    EXPECT_EQ(checkpoint.files().size(), 2U);
    EXPECT_THAT(InEnglish(checkpoint.warnings()),
                ElementsAre("not in the index, and so left out: broken.safetensors"));
    EXPECT_FALSE(checkpoint.incomplete());
  }
}

TEST_F(ShardedCheckpoint, ShardsMayBeSymbolicLinks) {
  WriteTwoShards();
  fs::create_directory(directory_.File("blobs"));
  fs::rename(directory_.File(kFirst), directory_.File("blobs/0123abcd"));
  fs::create_symlink("blobs/0123abcd", directory_.File(kFirst));
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path());
  EXPECT_EQ(checkpoint.files().at(0).name, kFirst);
  EXPECT_EQ(checkpoint.tensors().size(), 3U);
}

TEST_F(ShardedCheckpoint, IndexMayBeASymbolicLinkToAnotherFolder) {
  WriteTwoShards();
  fs::create_directory(directory_.File("blobs"));
  fs::rename(directory_.File(kIndex), directory_.File("blobs/4567cdef"));
  fs::create_symlink("blobs/4567cdef", directory_.File(kIndex));
  EXPECT_EQ(OpenCheckpoint(directory_.File(kIndex)).tensors().size(), 3U);
}

TEST_F(ShardedCheckpoint, MissingShard) {
  WriteTwoShards();
  fs::remove(directory_.File(kSecond));
  for (const std::string& path : {directory_.path(), directory_.File(kIndex)}) {
    const Error error = RefusalOf(path);
    EXPECT_THAT(error.what(), HasSubstr("shard \"" + std::string(kSecond) + "\" is missing"));
    EXPECT_EQ(error.site().file, directory_.File(kIndex));
    EXPECT_EQ(error.site().tensor, "b");
  }
}

TEST_F(ShardedCheckpoint, PartialGoesOnWithoutAShard) {
  WriteTwoShards();
  fs::remove(directory_.File(kSecond));
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path(), {.partial = true});
  EXPECT_EQ(checkpoint.tensors().size(), 2U);
  EXPECT_TRUE(checkpoint.incomplete());
  EXPECT_THAT(
      InEnglish(checkpoint.warnings()),
      ElementsAre("shard \"" + std::string(kSecond) + "\" is missing: 1 tensor, such as \"b\""));
}

TEST_F(ShardedCheckpoint, PartialNeedsOneShardAtLeast) {
  WriteIndex({{"a", kFirst}, {"b", kSecond}});
  const Error error = CatchError(ErrorKind::kBadInput,
                                 [&] { OpenCheckpoint(directory_.path(), {.partial = true}); });
  EXPECT_THAT(error.what(), HasSubstr("none of the shards that it names is there"));
}

TEST_F(ShardedCheckpoint, AnIndexAloneGivesNames) {
  WriteIndex({{"a.weight", kFirst}, {"b.qweight", kSecond}, {"b.scales", kSecond}});
  for (const std::string& path : {directory_.path(), directory_.File(kIndex)}) {
    const Checkpoint checkpoint = OpenCheckpoint(path, {.names_alone = true});
    ASSERT_EQ(checkpoint.tensors().size(), 3U);
    EXPECT_TRUE(checkpoint.incomplete());
    EXPECT_THAT(InEnglish(checkpoint.warnings()),
                ElementsAre(HasSubstr("the index names 3 tensors in 2 files, none of which is")));
    for (const Tensor& tensor : checkpoint.tensors()) EXPECT_FALSE(HasShape(tensor));
    EXPECT_EQ(checkpoint.Find("b.scales")->stored.form, StoredForm::kCompanion);
    EXPECT_EQ(checkpoint.Find("b.qweight")->stored.weight_name, "b.weight");
  }
}

TEST_F(ShardedCheckpoint, AnIndexOfTorchAloneGivesNamesToo) {
  directory_.WriteFile("pytorch_model.bin.index.json",
                       R"({"weight_map":{"w":"pytorch_model-00001-of-00002.bin"}})");
  EXPECT_EQ(OpenCheckpoint(directory_.path(), {.names_alone = true}).tensors().size(), 1U);
  EXPECT_THAT(RefusalOf(directory_.path()).what(),
              HasSubstr("none of the shards that it names is there"));
}

TEST_F(ShardedCheckpoint, NamesAreNoStandInForFilesThatAreThere) {
  WriteIndex({{"a", "other-00001-of-00001.safetensors"}});
  directory_.WriteFile(kFirst, "weights");
  const Error error = CatchError(ErrorKind::kBadInput,
                                 [&] { OpenCheckpoint(directory_.path(), {.names_alone = true}); });
  EXPECT_THAT(error.what(), HasSubstr("other files of weights are, so name one of these"));
}

TEST_F(ShardedCheckpoint, PartialGoesOnWithoutATensor) {
  WriteTwoShards();
  WriteShard(kFirst, {Byte("a")});
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path(), {.partial = true});
  EXPECT_EQ(checkpoint.tensors().size(), 2U);
  EXPECT_TRUE(checkpoint.incomplete());
  EXPECT_THAT(InEnglish(checkpoint.warnings()),
              ElementsAre(std::string(kFirst) +
                          " lacks 1 of the tensors that the index names, such as \"c\""));
}

TEST_F(ShardedCheckpoint, ShardIsADanglingLink) {
  WriteTwoShards();
  fs::remove(directory_.File(kSecond));
  fs::create_symlink("nowhere", directory_.File(kSecond));
  EXPECT_THAT(RefusalOf(directory_.path()).what(), HasSubstr("is missing"));
}

TEST_F(ShardedCheckpoint, ShardIsALinkToItself) {
  WriteTwoShards();
  fs::remove(directory_.File(kSecond));
  fs::create_symlink(kSecond, directory_.File(kSecond));
  EXPECT_THAT(RefusalOf(directory_.path()).what(), HasSubstr(kSecond));
}

TEST_F(ShardedCheckpoint, ShardIsADirectory) {
  WriteTwoShards();
  fs::remove(directory_.File(kSecond));
  fs::create_directory(directory_.File(kSecond));
  const Error error = RefusalOf(directory_.path());
  EXPECT_THAT(error.what(), HasSubstr("is a directory, not a file"));
  EXPECT_EQ(error.site().file, directory_.File(kSecond));
}

TEST_F(ShardedCheckpoint, ShardIsAFifo) {
  WriteTwoShards();
  fs::remove(directory_.File(kSecond));
  ASSERT_EQ(mkfifo(directory_.File(kSecond).c_str(), 0600), 0);
  EXPECT_THAT(RefusalOf(directory_.path()).what(), HasSubstr("is not a regular file"));
}

TEST_F(ShardedCheckpoint, ShardIsBroken) {
  WriteTwoShards();
  directory_.WriteFile(kSecond, SafetensorsFile({Byte("b")}) + "x");
  const Error error = RefusalOf(directory_.path());
  EXPECT_THAT(error.what(), HasSubstr("belong to no tensor"));
  EXPECT_EQ(error.site().file, directory_.File(kSecond));
  EXPECT_TRUE(error.site().offset_bytes.has_value());
}

TEST_F(ShardedCheckpoint, ShardsOfSubfoldersHaveNamesOfTheirOwn) {
  for (const char* const folder : {"one", "two"}) fs::create_directory(directory_.File(folder));
  WriteShard("one/model.safetensors", {Byte("a")});
  WriteShard("two/model.safetensors", {Byte("b")});
  WriteIndex({{"a", "one/model.safetensors"}, {"b", "two/model.safetensors"}});
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path());
  ASSERT_EQ(checkpoint.files().size(), 2U);
  EXPECT_EQ(checkpoint.files()[0].name, "one/model.safetensors");
  EXPECT_EQ(checkpoint.files()[1].name, "two/model.safetensors");
  EXPECT_EQ(checkpoint.Find("b")->file, 1U);
  EXPECT_TRUE(checkpoint.warnings().empty());
  fs::remove(directory_.File("two/model.safetensors"));
  EXPECT_THAT(RefusalOf(directory_.path()).what(),
              HasSubstr("shard \"two/model.safetensors\" is missing"));
}

TEST_F(ShardedCheckpoint, ShardNameThatLeavesTheFolderIsNotOpened) {
  fs::create_directory(directory_.File("model"));
  WriteShard("secret.safetensors", {Byte("a")});
  WriteIndex({{"a", "../secret.safetensors"}}, "model/model.safetensors.index.json");
  const Error error = RefusalOf(directory_.File("model"));
  EXPECT_THAT(error.what(), HasSubstr("is no file of weights"));
  EXPECT_EQ(error.site().tensor, "a");
  EXPECT_TRUE(error.site().offset_bytes.has_value());
}

TEST_F(ShardedCheckpoint, TensorThatItsShardLacks) {
  WriteTwoShards();
  WriteShard(kFirst, {Byte("a")});
  const Error error = RefusalOf(directory_.path());
  EXPECT_THAT(error.what(), HasSubstr("the index names this tensor, but the shard lacks it"));
  EXPECT_EQ(error.site().file, directory_.File(kFirst));
  EXPECT_EQ(error.site().tensor, "c");
}

TEST_F(ShardedCheckpoint, TensorInAnotherShardThanTheIndexSays) {
  WriteTwoShards();
  WriteIndex({{"a", kFirst}, {"b", kSecond}, {"c", kSecond}});
  const Error error = RefusalOf(directory_.path());
  EXPECT_THAT(error.what(),
              HasSubstr("the index says that this tensor is in \"" + std::string(kSecond) + "\""));
  EXPECT_EQ(error.site().file, directory_.File(kFirst));
  EXPECT_EQ(error.site().tensor, "c");
}

TEST_F(ShardedCheckpoint, TensorInTwoShards) {
  WriteTwoShards();
  WriteShard(kSecond, {Byte("b"), Byte("a")});
  const Error error = RefusalOf(directory_.path());
  EXPECT_THAT(error.what(),
              HasSubstr("the index says that this tensor is in \"" + std::string(kFirst) + "\""));
  EXPECT_EQ(error.site().file, directory_.File(kSecond));
  EXPECT_EQ(error.site().tensor, "a");
}

TEST_F(ShardedCheckpoint, UnlistedTensorIsAWarning) {
  WriteTwoShards();
  WriteShard(kSecond, {Byte("b"), Byte("extra")});
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path());
  EXPECT_THAT(
      InEnglish(checkpoint.warnings()),
      ElementsAre(std::string(kSecond) + " holds \"extra\", which the index does not list"));
  EXPECT_NE(checkpoint.Find("extra"), nullptr);
}

TEST_F(ShardedCheckpoint, HostileUnlistedNameIsPrintable) {
  WriteTwoShards();
  WriteShard(kSecond, {Byte("b"), Byte("x\n\x1B[2J")});
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path());
  ASSERT_EQ(InEnglish(checkpoint.warnings()).size(), 1U);
  EXPECT_THAT(InEnglish(checkpoint.warnings())[0], HasSubstr(R"(holds "x\x0a\x1b[2J", which)"));
}

TEST_F(ShardedCheckpoint, UnlistedTensorInTwoShards) {
  WriteTwoShards();
  WriteShard(kFirst, {Byte("a"), Byte("c"), Byte("extra")});
  WriteShard(kSecond, {Byte("b"), Byte("extra")});
  const Error error = RefusalOf(directory_.path());
  EXPECT_THAT(error.what(), HasSubstr("name occurs in two files"));
  EXPECT_EQ(error.site().tensor, "extra");
  EXPECT_TRUE(error.site().offset_bytes.has_value());
}

TEST_F(ShardedCheckpoint, DirectoryWithTwoIndexesIsAmbiguous) {
  WriteShard("m.safetensors", {Byte("a")});
  WriteIndex({{"a", "m.safetensors"}}, "one.safetensors.index.json");
  WriteIndex({{"a", "m.safetensors"}}, "two.safetensors.index.json");
  const Error error = RefusalOf(directory_.path());
  EXPECT_THAT(error.what(), HasSubstr("several indexes (one.safetensors.index.json and "
                                      "two.safetensors.index.json, for instance)"));
  EXPECT_EQ(error.site().file, directory_.path());
  EXPECT_EQ(OpenCheckpoint(directory_.File("two.safetensors.index.json")).tensors().size(), 1U);
}

TEST_F(ShardedCheckpoint, UsualIndexIsTakenBeforeOthers) {
  WriteTwoShards();
  WriteIndex({}, "another.safetensors.index.json");
  EXPECT_EQ(OpenCheckpoint(directory_.path()).tensors().size(), 3U);
}

TEST_F(ShardedCheckpoint, OnlyIndexMayHaveAnotherName) {
  WriteTwoShards();
  fs::rename(directory_.File(kIndex), directory_.File("my.safetensors.index.json"));
  WriteShard("other.safetensors", {Byte("not listed")});
  EXPECT_EQ(OpenCheckpoint(directory_.path()).tensors().size(), 3U);
}

TEST_F(ShardedCheckpoint, BrokenIndexIsNotWorkedAround) {
  WriteTwoShards();
  directory_.WriteFile(kIndex, R"({"weight_map":)");
  const Error error = RefusalOf(directory_.path());
  EXPECT_THAT(error.what(), HasSubstr("not valid JSON"));
  EXPECT_EQ(error.site().file, directory_.File(kIndex));
  EXPECT_TRUE(error.site().offset_bytes.has_value());
}

TEST_F(ShardedCheckpoint, HundredThousandTensors) {
  constexpr int kTensors = 100'000;
  constexpr int kShards = 4;
  std::map<std::string, std::string> shard_of;
  for (int shard = 0; shard < kShards; ++shard) {
    const std::string file = "model-0000" + std::to_string(shard + 1) + "-of-00004.safetensors";
    std::vector<TestTensor> tensors;
    for (int i = shard; i < kTensors; i += kShards) {
      tensors.push_back(Byte("layers." + std::to_string(i)));
      shard_of[tensors.back().name] = file;
    }
    WriteShard(file, tensors);
  }
  WriteIndex(shard_of);
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path());
  ASSERT_EQ(checkpoint.tensors().size(), std::size_t{kTensors});
  EXPECT_EQ(checkpoint.total_bytes(), std::uint64_t{kTensors});
  EXPECT_THAT(InEnglish(checkpoint.warnings()), IsEmpty());
  for (int i = 0; i < kTensors; ++i) {
    const Tensor& tensor = checkpoint.tensors()[static_cast<std::size_t>(i)];
    ASSERT_EQ(tensor.name, "layers." + std::to_string(i));  // in natural order
    ASSERT_EQ(tensor.file, static_cast<std::uint32_t>(i % kShards));
    ASSERT_EQ(checkpoint.Find(tensor.name), &tensor);
  }
}

}  // namespace sharded_checkpoint_test
}  // namespace modelkin
