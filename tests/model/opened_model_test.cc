#include "model/opened_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <vector>

#include "source/mapped_file.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace opened_model_test {

using ::testing::ContainsRegex;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using testing::SafetensorsFile;
using ::testing::SizeIs;
using testing::TemporaryDirectory;

constexpr const char* kScheme = "counted://";

// A folder of this machine under another name, which counts how often each file is opened.
class CountingPlace : public RemotePlace {
 public:
  bool IsFolder(const std::string& location) const override {
    return ThisMachine().IsFolder(Local(location));
  }
  std::vector<std::string> FilesIn(const std::string& folder) const override {
    return ThisMachine().FilesIn(Local(folder));
  }
  std::shared_ptr<const ByteSource> Open(const std::string& file) const override {
    ++opened[file];
    return MapFile(Local(file));
  }
  std::string Resolve(const std::string& location) const override { return location; }

  mutable std::map<std::string, int> opened;

 private:
  static std::string Local(const std::string& location) {
    return location.substr(std::string(kScheme).size());
  }
};

class OpenedModelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.WriteFile("model.safetensors", SafetensorsFile({{"w", "U8", {1}, "x"}}));
    auto places = std::make_shared<Places>();
    places->Add(kScheme, place_);
    places_ = places;
  }

  std::shared_ptr<const OpenedModel> Open() {
    return OpenModel(kScheme + folder_.path(), {}, places_);
  }

  TemporaryDirectory folder_;
  std::shared_ptr<CountingPlace> place_ = std::make_shared<CountingPlace>();
  std::shared_ptr<const Places> places_;
};

TEST_F(OpenedModelTest, OpensEachFileOnceWhateverIsAsked) {
  folder_.WriteFile("config.json", R"({"model_type": "llama"})");
  folder_.WriteFile("tokenizer.json",
                    R"({"model": {"type": "WordLevel", "unk_token": "u", "vocab": {"u": 0}}})");
  const auto model = Open();
  Progress progress;
  for (int i = 0; i < 2; ++i) {
    EXPECT_NE(model->config(), nullptr);
    model->Digests(true, 1, progress);
    EXPECT_NE(model->tokenizer(), nullptr);
    EXPECT_EQ(model->tokenizer(), model->RequireTokenizer());
    EXPECT_NE(model->MakeTextEncoder(), nullptr);
  }
  EXPECT_THAT(place_->opened, SizeIs(3));
  EXPECT_THAT(place_->opened, Each(Pair(HasSubstr(folder_.path()), 1)));
}

TEST_F(OpenedModelTest, ReadsATokenizerThatIsWrongOnce) {
  folder_.WriteFile("tokenizer.json", R"({"model": 7})");
  const auto model = Open();
  std::vector<std::string> told;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(model->tokenizer(), nullptr);
    try {
      model->RequireTokenizer();
    } catch (const Error& error) {
      told.emplace_back(error.what());
    }
  }
  EXPECT_THAT(told, ::testing::ElementsAre(HasSubstr("tokenizer.json"), told.front()));
  EXPECT_THAT(place_->opened, ::testing::Contains(Pair(HasSubstr("tokenizer.json"), 1)));
}

// Asks the model for its tokenizer, from another thread, whenever it is told of progress.
class AskingProgress : public Progress {
 public:
  explicit AskingProgress(const OpenedModel& model) : model_(model) {}
  void Begin(const std::string& /*stage*/, std::uint64_t /*total*/) override {
    std::jthread([this] { found = model_.tokenizer() != nullptr; }).join();
  }

  bool found = false;

 private:
  const OpenedModel& model_;
};

TEST_F(OpenedModelTest, AnswersWhileItIsDigested) {
  folder_.WriteFile("tokenizer.json",
                    R"({"model": {"type": "WordLevel", "unk_token": "u", "vocab": {"u": 0}}})");
  const auto model = Open();
  AskingProgress progress(*model);
  EXPECT_THAT(model->Digests(true, 1, progress).whole, SizeIs(1));
  EXPECT_TRUE(progress.found);
}

TEST_F(OpenedModelTest, HasNoConfigWhereThereIsNone) {
  const auto model = Open();
  EXPECT_EQ(model->config(), nullptr);
  EXPECT_EQ(model->family(), nullptr);
  EXPECT_EQ(model->spec(), nullptr);
  EXPECT_NO_THROW(model->RequireConfig());
  EXPECT_EQ(ConfigWarning(*model), std::nullopt);
  EXPECT_EQ(model->tokenizer(), nullptr);
  EXPECT_THROW(model->RequireTokenizer(), Error);
}

TEST_F(OpenedModelTest, KeepsWhatIsWrongWithConfigForWhoNeedsIt) {
  folder_.WriteFile("config.json", "{");
  const auto model = Open();
  EXPECT_EQ(model->config(), nullptr);
  EXPECT_THROW(model->RequireConfig(), Error);
  EXPECT_THAT(ConfigWarning(*model).value_or(Said{}).english, HasSubstr("paired by name alone"));
}

TEST_F(OpenedModelTest, SaysWhatIsWrongWithConfigInEachLanguage) {
  const auto said = [&](const std::string& text) {
    folder_.WriteFile("config.json", text);
    return ConfigWarning(*Open()).value_or(Said{});
  };
  const Said comma = said(R"({"hidden_size": 64,})");
  EXPECT_EQ(comma.english,
            "config.json is not JSON (byte 19): its tensors are paired by name alone");
  EXPECT_EQ(comma.korean, "config.json: JSON이 아님(바이트 19): 텐서를 이름만으로 짝지음");
  const Said list = said("[]");
  EXPECT_EQ(list.english, "config.json is not a JSON object: its tensors are paired by name alone");
  EXPECT_EQ(list.korean, "config.json: JSON 객체가 아님: 텐서를 이름만으로 짝지음");
  for (const char* const text : {R"({"a": 1e999})", "{", "{} x"}) {
    EXPECT_THAT(said(text).korean, Not(ContainsRegex("is |holds|byte"))) << text;
  }
}

TEST_F(OpenedModelTest, WarnsOfAConfigThatMakesNoModel) {
  folder_.WriteFile("config.json", R"({"model_type": "llama", "hidden_size": -1})");
  const auto model = Open();
  EXPECT_NE(model->config(), nullptr);
  EXPECT_NE(model->family(), nullptr);
  EXPECT_EQ(model->spec(), nullptr);
  EXPECT_NO_THROW(model->RequireConfig());
  EXPECT_THAT(ConfigWarning(*model).value_or(Said{}).english, HasSubstr("paired by name alone"));
}

}  // namespace opened_model_test
}  // namespace modelkin
