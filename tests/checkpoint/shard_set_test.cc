// Which files of a folder without an index make up a model, and which are missing.
#include "checkpoint/shard_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/checkpoint.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace shard_set_test {

using testing::CatchError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SafetensorsFile;
using testing::TemporaryDirectory;

TEST(ShardName, IsANumberOfACount) {
  const auto shard = ParseShardName("my-model-00002-of-00003.safetensors");
  ASSERT_TRUE(shard);
  EXPECT_EQ(shard->stem, "my-model");
  EXPECT_EQ(shard->number, 2U);
  EXPECT_EQ(shard->of, 3U);
}

TEST(ShardName, OthersAreNone) {
  for (const char* name :
       {"", "model.safetensors", "-of-.safetensors", "-of-3.safetensors", "model-1-of-3.txt",
        "model-4-of-3.safetensors", "model-0-of-0.safetensors", "model-1-of-.safetensors",
        "model--of-3.safetensors", "model-x-of-3.safetensors", "model-1-of-3x.safetensors",
        "model-000001-of-000003.safetensors", "1-of-3.safetensors",
        "model-mtp-of-00003.safetensors", "model-1-of-99999999999999999999.safetensors",
        "-of-1-of-"}) {
    EXPECT_FALSE(ParseShardName(name)) << name;
  }
}

TEST(ShardSets, NameWhatIsMissing) {
  const auto sets = ShardSetsOf({"m-00001-of-00003.safetensors", "m-00003-of-00003.safetensors",
                                 "other.safetensors", "z-0-of-2.safetensors",
                                 "z-1-of-2.safetensors", "z-1-of-3.safetensors"});
  ASSERT_EQ(sets.size(), 4U);
  EXPECT_THAT(sets[0].missing, ElementsAre("m-00002-of-00003.safetensors"));
  EXPECT_THAT(sets[1].missing, IsEmpty());
  EXPECT_THAT(sets[2].missing, IsEmpty());  // counted from 0
  EXPECT_THAT(sets[3].missing, ElementsAre("z-2-of-3.safetensors", "z-3-of-3.safetensors"));
}

class FolderOfShards : public ::testing::Test {
 protected:
  void Write(const std::string& file, const std::string& tensor) {
    directory_.WriteFile(file, SafetensorsFile({{tensor, "U8", {1}, "x"}}));
  }
  Error Refusal(const OpenOptions& options = {}) {
    return CatchError(ErrorKind::kBadInput, [&] { OpenCheckpoint(directory_.path(), options); });
  }

  TemporaryDirectory directory_;
};

TEST_F(FolderOfShards, MissingOneIsNoticedByTheNames) {
  Write("model-00001-of-00003.safetensors", "a");
  Write("model-00003-of-00003.safetensors", "c");
  EXPECT_THAT(Refusal().what(), HasSubstr("missing by the names of the other shards: "
                                          "model-00002-of-00003.safetensors"));
  const Checkpoint partial = OpenCheckpoint(directory_.path(), {.partial = true});
  EXPECT_EQ(partial.tensors().size(), 2U);
  EXPECT_TRUE(partial.incomplete());
  EXPECT_THAT(InEnglish(partial.warnings()),
              ElementsAre(HasSubstr("model-00002-of-00003.safetensors")));
  Write("model-00002-of-00003.safetensors", "b");
  const Checkpoint whole = OpenCheckpoint(directory_.path());
  EXPECT_FALSE(whole.incomplete());
  EXPECT_THAT(InEnglish(whole.warnings()), IsEmpty());
}

TEST_F(FolderOfShards, ManyMissingMakeOneShortLine) {
  Write("model-00001-of-99999.safetensors", "a");
  const Error error = Refusal();
  EXPECT_THAT(error.what(), HasSubstr(" and 99978 more"));
  EXPECT_LT(std::string(error.what()).size(), 2000U);
}

TEST_F(FolderOfShards, ConsolidatedBesideAnotherFormIsTheSameModel) {
  Write("consolidated.safetensors", "tok_embeddings.weight");
  EXPECT_EQ(OpenCheckpoint(directory_.path()).tensors()[0].name, "tok_embeddings.weight");
  Write("model.safetensors", "model.embed_tokens.weight");
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path());
  ASSERT_EQ(checkpoint.tensors().size(), 1U);
  EXPECT_EQ(checkpoint.tensors()[0].name, "model.embed_tokens.weight");
  EXPECT_THAT(InEnglish(checkpoint.warnings()), ElementsAre(HasSubstr("consolidated.safetensors")));
}

TEST_F(FolderOfShards, AnAdapterIsNoPartOfTheModelBesideIt) {
  Write("adapter_model.safetensors", "q.lora_A.weight");
  EXPECT_EQ(OpenCheckpoint(directory_.path()).tensors().size(), 1U);
  Write("model.safetensors", "q.weight");
  const Checkpoint checkpoint = OpenCheckpoint(directory_.path());
  ASSERT_EQ(checkpoint.tensors().size(), 1U);
  EXPECT_EQ(checkpoint.tensors()[0].name, "q.weight");
  EXPECT_THAT(InEnglish(checkpoint.warnings()),
              ElementsAre(HasSubstr("adapter_model.safetensors")));
}

TEST_F(FolderOfShards, CopiesClashByName) {
  Write("model.safetensors", "a");
  Write("model-00001-of-00001.safetensors", "a");
  for (const bool partial : {false, true}) {
    EXPECT_THAT(Refusal({.partial = partial}).what(),
                HasSubstr("model-00001-of-00001.safetensors and model.safetensors both hold"));
  }
}

TEST_F(FolderOfShards, EmptyWeightsAreMissingAndMarkersAreNot) {
  directory_.WriteFile("model.safetensors", SafetensorsFile({{"scaled_fp8", "F8_E4M3", {0}, ""},
                                                             {"b", "U8", {1}, "x"}}));
  EXPECT_FALSE(OpenCheckpoint(directory_.path()).incomplete());
  directory_.WriteFile("model.safetensors",
                       SafetensorsFile({{"a.weight", "BF16", {0}, ""}, {"b", "U8", {1}, "x"}}));
  for (const std::string& path : {directory_.path(), directory_.File("model.safetensors")}) {
    const Checkpoint checkpoint = OpenCheckpoint(path);
    EXPECT_TRUE(checkpoint.incomplete());
    EXPECT_THAT(InEnglish(checkpoint.warnings()),
                ElementsAre("1 weight has no elements, such as \"a.weight\""));
  }
}

TEST_F(FolderOfShards, OneShardByItselfIsIncomplete) {
  Write("model-00001-of-00003.safetensors", "a");
  const std::string path = directory_.File("model-00001-of-00003.safetensors");
  const auto refusal = [&] {
    return CatchError(ErrorKind::kBadInput, [&] { OpenCheckpoint(path); }).message();
  };
  EXPECT_THAT(refusal(), HasSubstr("is one of 3 shards, of which there is no "
                                   "model-00002-of-00003.safetensors, "
                                   "model-00003-of-00003.safetensors; --partial"));
  const Checkpoint checkpoint = OpenCheckpoint(path, {.partial = true});
  EXPECT_TRUE(checkpoint.incomplete());
  EXPECT_THAT(InEnglish(checkpoint.warnings()),
              ElementsAre("one of 3 shards: the others are not read"));
  Write("model-00002-of-00003.safetensors", "b");
  Write("model-00003-of-00003.safetensors", "c");
  EXPECT_THAT(refusal(), HasSubstr("is one of 3 shards: name the folder, for all of them"));
}

}  // namespace shard_set_test
}  // namespace modelkin
