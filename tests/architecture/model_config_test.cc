#include "architecture/model_config.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace model_config_test {

std::unique_ptr<const ModelConfig> Read(const std::string& text) {
  const testing::TemporaryDirectory folder;
  folder.WriteFile("config.json", text);
  return FindModelConfig(folder.path());
}

Error ErrorOf(const std::string& text) {
  return testing::CatchError(ErrorKind::kBadInput, [&] { Read(text); });
}

TEST(ModelConfig, ValuesByType) {
  const auto config = Read(R"({"size": 7, "negative": -7, "real": 1.5, "yes": true, "zero": 0,
                               "text": "a", "null": null, "list": [1], "big": 18446744073709551615})");
  EXPECT_EQ(config->Size("size"), 7U);
  EXPECT_EQ(config->Size("big"), ~std::uint64_t{0});
  for (const char* key : {"negative", "real", "yes", "text", "null", "list", "missing"}) {
    EXPECT_EQ(config->Size(key), std::nullopt) << key;
  }
  EXPECT_EQ(config->Number("real"), 1.5);
  EXPECT_EQ(config->Number("negative"), -7);
  EXPECT_EQ(config->Flag("yes"), true);
  EXPECT_EQ(config->Flag("zero"), false);
  EXPECT_EQ(config->Flag("size"), true);
  EXPECT_EQ(config->Flag("null"), std::nullopt);
  EXPECT_EQ(config->Text("text"), "a");
  EXPECT_EQ(config->Text("size"), std::nullopt);
  EXPECT_EQ(config->Show("list"), "[1]");
  EXPECT_EQ(config->Show("missing"), "absent");
}

TEST(ModelConfig, PartOfALargerModel) {
  const auto config = Read(
      R"({"model_type": "outer", "vocab_size": 5, "text_config": {"model_type": "inner", "hidden_size": 3}})");
  EXPECT_EQ(config->model_type(), "inner");
  EXPECT_EQ(config->Size("hidden_size"), 3U);
  EXPECT_EQ(config->Size("vocab_size"), 5U);
}

TEST(ModelConfig, BadFiles) {
  EXPECT_EQ(ErrorOf("{\"a\": 1,}").kind(), ErrorKind::kBadInput);
  EXPECT_TRUE(ErrorOf("{\"a\": 1,}").site().offset_bytes.has_value());
  for (const char* text : {"", "[1]", "7", "{", "\"text\"", "\xFF"}) {
    const Error error = ErrorOf(text);
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput) << text;
    EXPECT_TRUE(error.site().file.ends_with("config.json")) << text;
  }
  EXPECT_EQ(ErrorOf("{\"a\": 1e999}").message(), "holds a number that is too large");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  EXPECT_EQ(ErrorOf(deep).message(), "is nested too deeply");
  EXPECT_NE(ErrorOf(std::string(5 << 20, ' ')).message().find("at most"), std::string::npos);
}

TEST(FindModelConfig, BesideWhatTheUserNamed) {
  const testing::TemporaryDirectory folder;
  const std::string weights = folder.WriteFile("model.safetensors", "");
  EXPECT_EQ(FindModelConfig(folder.path()), nullptr);
  EXPECT_EQ(FindModelConfig(weights), nullptr);
  const std::string path = folder.WriteFile("config.json", R"({"model_type": "llama"})");
  for (const std::string& model : {folder.path(), weights, path}) {
    EXPECT_EQ(FindModelConfig(model)->model_type(), "llama") << model;
  }
}

}  // namespace model_config_test
}  // namespace modelkin
