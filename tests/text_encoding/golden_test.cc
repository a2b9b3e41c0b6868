// The same ids and texts as the Python package's, for small tokenizers of each kind.
#include "text_encoding/golden.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/temporary_directory.h"

namespace modelkin {
namespace golden_test {

using testing::Ids;

std::string FileOf(const std::string& name) {
  return MODELKIN_TEST_DATA "/" + name + ".tokenizer.json";
}

class Golden : public ::testing::TestWithParam<const char*> {};

TEST_P(Golden, IdsAndTexts) {
  testing::ExpectGolden(*OpenTextEncoder(FileOf(GetParam())), testing::ReadGolden(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Kinds, Golden,
                         ::testing::Values("byte-level", "sentencepiece-bpe", "unigram",
                                           "wordpiece"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(TextEncoder, OpensFolders) {
  const testing::TemporaryDirectory folder;
  folder.WriteFile("tokenizer.json", testing::ReadWholeFile(FileOf("wordpiece")));
  EXPECT_EQ(OpenTextEncoder(folder.path())->Encode("[MASK]"), (Ids{2, 4, 3}));
}

// Single ids of a character's bytes are no text; together they are.
TEST(TextEncoder, DecodesListsOfIds) {
  const auto encoder = OpenTextEncoder(FileOf("byte-level"));
  const Ids ids = encoder->Encode("\xF0\x9F\xA6\x80", false);  // a crab, which was not trained on
  ASSERT_GT(ids.size(), 1U);
  EXPECT_EQ(encoder->Decode(ids), "\xF0\x9F\xA6\x80");
  EXPECT_EQ(encoder->Decode(std::span(ids).first(1)), "\xEF\xBF\xBD");
  EXPECT_EQ(encoder->Decode({}), "");
  EXPECT_EQ(encoder->Decode(Ids{1'000'000}), "");
}

TEST(TextEncoder, TokensAsTheFileSpellsThem) {
  const auto encoder = OpenTextEncoder(FileOf("byte-level"));
  EXPECT_EQ(encoder->TokenText(1), "<|endoftext|>");
  EXPECT_EQ(encoder->TokenText(encoder->Encode(" ", false).at(0)), "\xC4\xA0");
}

// Truncation, padding and random choices of the file are not made use of.
TEST(TextEncoder, WholeTextsAndTheSameEveryTime) {
  const testing::TemporaryDirectory folder;
  auto json = nlohmann::json::parse(testing::ReadWholeFile(FileOf("byte-level")));
  json["model"]["dropout"] = 0.5;
  json["truncation"] = {
      {"direction", "Right"}, {"max_length", 2}, {"strategy", "LongestFirst"}, {"stride", 0}};
  json["padding"] = {{"strategy", {{"Fixed", 4'000'000'000}}},
                     {"direction", "Right"},
                     {"pad_to_multiple_of", nullptr},
                     {"pad_id", 0},
                     {"pad_type_id", 0},
                     {"pad_token", "<|begin|>"}};
  const auto encoder = OpenTextEncoder(folder.WriteFile("tokenizer.json", json.dump()));
  testing::ExpectGolden(*encoder, testing::ReadGolden("byte-level"));
}

TEST(TextEncoder, FromManyThreads) {
  const auto encoder = OpenTextEncoder(FileOf("unigram"));
  const nlohmann::json golden = testing::ReadGolden("unigram");
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { testing::ExpectGolden(*encoder, golden); });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace golden_test
}  // namespace modelkin
