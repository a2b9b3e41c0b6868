// What is said where no model is. tests/cli/mistakes.py has these lines as people meet them.
#include "checkpoint/meant_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/temporary_directory.h"

namespace modelkin {
namespace meant_model_test {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TemporaryDirectory;

class MeantModel : public ::testing::Test {
 protected:
  // Makes the folders above as well.
  void Write(const std::string& name) {
    std::filesystem::create_directories(std::filesystem::path(directory_.File(name)).parent_path());
    directory_.WriteFile(name, "x");
  }
  std::string Nothing(const std::string& name) {
    return WhyNothingIsThere(directory_.File(name), ThisMachine());
  }
  std::string NoWeights(const std::string& name) {
    return WhyNoWeights(directory_.File(name), ThisMachine());
  }

  TemporaryDirectory directory_;
};

TEST_F(MeantModel, IsANeighbourOfNearlyTheName) {
  Write("glm-a/model.safetensors");
  Write("glm-a-sft/model.safetensors");
  EXPECT_THAT(Nothing("glm-a-stf"), EndsWith("did you mean " + directory_.File("glm-a-sft?")));
  EXPECT_THAT(Nothing("glm-a-stf/model.safetensors"),
              EndsWith("did you mean " + directory_.File("glm-a-sft/model.safetensors?")));
  EXPECT_THAT(Nothing("glm-a-sft/modle.safetensors"),
              EndsWith("did you mean " + directory_.File("glm-a-sft/model.safetensors?")));
  // No suggestion that is not there either.
  EXPECT_THAT(Nothing("glm-a-stf/other.safetensors"), Not(HasSubstr("did you mean")));
  EXPECT_EQ(Nothing("something-else"), "no such file or directory");
}

TEST_F(MeantModel, IsAtTheHub) {
  EXPECT_THAT(WhyNothingIsThere("no-such-org/name-1", ThisMachine()),
              EndsWith("did you mean hf://no-such-org/name-1, at the hub?"));
  EXPECT_THAT(WhyNothingIsThere("https://huggingface.co/org/name/tree/main", ThisMachine()),
              EndsWith("for a model of the hub write hf://org/name"));
  EXPECT_THAT(WhyNothingIsThere("huggingface.co/org/name?library=x", ThisMachine()),
              EndsWith("for a model of the hub write hf://org/name"));
  for (const char* const path : {"/org/name", "a/b/c", "org/name.safetensors", "../name", "org/"}) {
    EXPECT_THAT(WhyNothingIsThere(path, ThisMachine()), Not(HasSubstr("hf://"))) << path;
  }
}

TEST_F(MeantModel, IsWrittenInAnotherWay) {
  Write("glm-a/model.safetensors");
  EXPECT_THAT(Nothing("glm-a "), HasSubstr("without the spaces or quotes around it?"));
  EXPECT_THAT(WhyNothingIsThere("'" + directory_.File("glm-a") + "'", ThisMachine()),
              HasSubstr(directory_.File("glm-a") + " without the spaces"));
  EXPECT_THAT(WhyNothingIsThere("~/glm-a", ThisMachine()), HasSubstr("$HOME"));
  EXPECT_THAT(WhyNothingIsThere("C:\\models\\glm-a", ThisMachine()),
              EndsWith("/mnt/c/models/glm-a"));
  EXPECT_THAT(WhyNothingIsThere("", ThisMachine()), HasSubstr("empty"));
  // Names are anybody's: they steer no terminal.
  EXPECT_THAT(WhyNothingIsThere("no\x1b[2J/na\nme", ThisMachine()), Not(HasSubstr("\x1b")));
  EXPECT_THAT(WhyNothingIsThere("C:\\a\x1b", ThisMachine()), Not(HasSubstr("\x1b")));
}

TEST_F(MeantModel, IsInAFolderInside) {
  Write("run/checkpoint-100/model.safetensors");
  Write("run/checkpoint-20/model.safetensors");
  Write("run/config.json");
  EXPECT_THAT(NoWeights("run"), EndsWith("name " + directory_.File("run/checkpoint-100")));
  Write("models--org--name/snapshots/abc/model.safetensors");
  EXPECT_THAT(NoWeights("models--org--name"),
              EndsWith("name its snapshot, " + directory_.File("models--org--name/snapshots/abc")));
  Write("hub/models--org--na-me/refs/main");
  EXPECT_THAT(NoWeights("hub"), HasSubstr("hf://org/na-me"));
}

TEST_F(MeantModel, HasNoWeights) {
  std::filesystem::create_directories(directory_.File("empty"));
  EXPECT_THAT(NoWeights("empty"), HasSubstr("is an empty folder"));
  Write("configured/config.json");
  EXPECT_THAT(NoWeights("configured"), HasSubstr("holds config.json and no weights"));
  Write("fetching/model.safetensors.incomplete");
  EXPECT_THAT(NoWeights("fetching"), HasSubstr("did not end"));
  Write("keras/model.h5");
  EXPECT_THAT(NoWeights("keras"), HasSubstr("model.h5 is a file of Keras"));
  Write("set/dataset_info.json");
  EXPECT_EQ(NoWeights("set"), "is a data set, and no model");
  Write("other/readme.md");
  EXPECT_THAT(NoWeights("other"), HasSubstr("holds no .safetensors file"));
}

TEST(WhyNoModelFile, GoesByNames) {
  for (const char* const name :
       {"model.safetensors", "a/model.gguf", "pytorch_model.bin", "x.pth.tar", "weights",
        "model.safetensors.index.json", "checkpoint"}) {
    EXPECT_FALSE(WhyNoModelFile(name)) << name;
  }
  for (const char* const name :
       {"m.zip", "m.tar.gz", "a/model.onnx", "flax_model.msgpack", "tokenizer.json", "config.json",
        "tokenizer.model", "a.parquet", "model.safetensors.incomplete", "trainer_state.json"}) {
    EXPECT_TRUE(WhyNoModelFile(name)) << name;
  }
}

}  // namespace meant_model_test
}  // namespace modelkin
