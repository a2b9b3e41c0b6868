// Files and texts that nobody should trust: each ends in an error, none in a crash.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/temporary_directory.h"
#include "text_encoding/text_encoder.h"

namespace modelkin {
namespace bad_input_test {

using nlohmann::json;
using Ids = std::vector<std::uint32_t>;

class TextEncoderBadInput : public ::testing::Test {
 protected:
  std::unique_ptr<const TextEncoder> Open(const json& value) const {
    return OpenTextEncoder(folder_.WriteFile("tokenizer.json", value.dump()));
  }
  Error OpenError(const std::string& path) const {
    return testing::CatchError(ErrorKind::kBadInput, [&] { OpenTextEncoder(path); });
  }
  std::string Refusal(const json& value) const {
    return OpenError(folder_.WriteFile("tokenizer.json", value.dump())).message();
  }
  std::string EncodeError(const json& value, std::string_view text) const {
    const auto encoder = Open(value);
    return testing::CatchError(ErrorKind::kBadInput, [&] { encoder->Encode(text); }).message();
  }

  testing::TemporaryDirectory folder_;
};

// Each letter and the space a token.
json Letters() {
  json vocabulary = {{"[UNK]", 0}, {" ", 1}};
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    vocabulary[std::string(1, letter)] = vocabulary.size();
  }
  return {{"version", "1.0"},
          {"added_tokens", json::array()},
          {"normalizer", nullptr},
          {"pre_tokenizer", nullptr},
          {"post_processor", nullptr},
          {"decoder", nullptr},
          {"model",
           {{"type", "BPE"},
            {"unk_token", "[UNK]"},
            {"vocab", vocabulary},
            {"merges", json::array()}}}};
}

json With(const char* part, const json& value) {
  json letters = Letters();
  letters[part] = value;
  return letters;
}

json Replace(const json& pattern, const std::string& content) {
  return {{"type", "Replace"}, {"pattern", pattern}, {"content", content}};
}

json Split(const std::string& regex) {
  return {{"type", "Split"},
          {"pattern", {{"Regex", regex}}},
          {"behavior", "Isolated"},
          {"invert", false}};
}

TEST_F(TextEncoderBadInput, NoTokenizerJson) {
  EXPECT_EQ(OpenError(folder_.path()).message(),
            "holds no tokenizer.json, which reading text needs; use --ids");
  folder_.WriteFile("tokenizer.model", "");
  EXPECT_EQ(OpenError(folder_.path()).message(),
            "holds no tokenizer.json; tokenizer.model is not read for text, so use --ids");
  folder_.WriteFile("vocab.json", "");
  EXPECT_EQ(OpenError(folder_.path()).message(),
            "holds no tokenizer.json; tokenizer.model, vocab.json are not read for text, so use "
            "--ids");
  OpenError("/nowhere/tokenizer.json");
}

TEST_F(TextEncoderBadInput, NotATokenizer) {
  for (const char* text : {"", "{", "[]", "{}", "7", "\xFF\xFE", R"({"version": "2.0"})",
                           R"({"model": {}})", R"({"version": "1.0", "model": {"vocab": 1}})"}) {
    SCOPED_TRACE(text);
    const Error error = OpenError(folder_.WriteFile("tokenizer.json", text));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("tokenizer.json: "));
    EXPECT_FALSE(error.message().empty());
  }
}

TEST_F(TextEncoderBadInput, TooLarge) {
  const std::string path = folder_.WriteFile("tokenizer.json", "{}");
  std::filesystem::resize_file(path, (std::uint64_t{512} << 20) + 1);  // a hole
  EXPECT_EQ(OpenError(path).message(), "is 536870913 bytes long; at most 536870912 make sense");
}

TEST_F(TextEncoderBadInput, Nested) {
  for (const char* piece : {"[", "{\"model\":", "{\"normalizer\":"}) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += piece;
    OpenError(folder_.WriteFile("tokenizer.json", deep));
  }
  json step = {{"type", "NFC"}};
  for (int i = 0; i < 50; ++i) step = {{"type", "Sequence"}, {"normalizers", {step}}};
  EXPECT_EQ(Open(With("normalizer", step))->Encode("a").size(), 1U);
  // In the spelling of old files, whose types have to be guessed.
  json old = {{"left", true}};
  for (int i = 0; i < 50; ++i) old = {{"normalizers", {old}}};
  Refusal(With("normalizer", old));
}

TEST_F(TextEncoderBadInput, Texts) {
  const auto encoder = Open(Letters());
  const auto error_of = [&](std::string_view text) {
    return testing::CatchError(ErrorKind::kBadInput, [&] { encoder->Encode(text); });
  };
  EXPECT_STREQ(error_of("ab\xC3(").what(), "text: byte 2: is not UTF-8");
  EXPECT_EQ(error_of("\xED\xA0\x80").site().offset_bytes, 0U);       // a surrogate
  EXPECT_EQ(error_of("abc\xE2\x82").site().offset_bytes, 3U);        // cut
  EXPECT_EQ(error_of("a\xF4\x90\x80\x80").site().offset_bytes, 1U);  // beyond U+10FFFF
  EXPECT_EQ(error_of(std::string((std::size_t{64} << 20) + 1, 'a')).message(),
            "is 67108865 bytes long; at most 67108864 are encoded at once");
  EXPECT_EQ(encoder->Encode(std::string_view("a\0a", 3)).size(), 3U);
}

TEST_F(TextEncoderBadInput, Ids) {
  const auto encoder = Open(Letters());
  EXPECT_EQ(testing::CatchError(ErrorKind::kBadInput, [&] { encoder->TokenText(99); }).message(),
            "has no token 99");
  EXPECT_EQ(encoder->Decode(Ids{2, 99, 0xFFFFFFFF, 3}), "a b");
}

TEST_F(TextEncoderBadInput, HugeIds) {
  json letters = Letters();
  letters["model"]["vocab"]["!"] = 4294967295;
  letters["added_tokens"] = {{{"id", 4294967294},
                              {"content", "<x>"},
                              {"single_word", false},
                              {"lstrip", false},
                              {"rstrip", false},
                              {"normalized", false},
                              {"special", true}}};
  const auto encoder = Open(letters);
  EXPECT_EQ(encoder->vocabulary_size(), 30U);
  EXPECT_EQ(encoder->Encode("!"), Ids{4294967295});
  EXPECT_EQ(encoder->Encode("<x>").size(), 1U);
  letters["model"]["vocab"]["!"] = 4294967296;
  Refusal(letters);
}

// Each step may double a text: a hundred of them would fill any memory.
TEST_F(TextEncoderBadInput, GrowingTexts) {
  json doubling = json::array();
  for (int i = 0; i < 100; ++i) doubling.push_back(Replace({{"String", "a"}}, "aa"));
  const json steps = {{"type", "Sequence"}, {"normalizers", doubling}};
  EXPECT_THAT(EncodeError(With("normalizer", steps), "a"), ::testing::EndsWith("times as long"));
  json bytes = json::array();
  for (int i = 0; i < 50; ++i) {
    bytes.push_back({{"type", "ByteLevel"},
                     {"add_prefix_space", true},
                     {"trim_offsets", true},
                     {"use_regex", false}});
  }
  EncodeError(With("pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", bytes}}), "a");
  const std::string long_text(std::size_t{1} << 20, 'a');
  const std::string piece(16'000, 'a');
  EncodeError(With("normalizer", Replace({{"Regex", ""}}, piece)), long_text);
  EncodeError(With("normalizer", {{"type", "Prepend"}, {"prepend", piece}}), long_text);
  const auto decoder = Open(With("decoder", Replace({{"String", "a"}}, piece)));
  const Ids ids(1 << 20, 2);
  testing::CatchError(ErrorKind::kBadInput, [&] { decoder->Decode(ids); });
  // What published tokenizers do is no reason to refuse long texts.
  const json llama = {{"type", "Sequence"},
                      {"normalizers",
                       {{{"type", "Prepend"}, {"prepend", "\xE2\x96\x81"}},
                        Replace({{"String", " "}}, "\xE2\x96\x81")}}};
  EXPECT_EQ(Open(With("normalizer", llama))->Encode(long_text).size(), long_text.size() + 1);
}

TEST_F(TextEncoderBadInput, RepeatedTexts) {
  const json twice = {{"type", "TemplateProcessing"},
                      {"single",
                       {{{"Sequence", {{"id", "A"}, {"type_id", 0}}}},
                        {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
                      {"pair", json::array()},
                      {"special_tokens", json::object()}};
  EXPECT_EQ(Refusal(With("post_processor", twice)), "its post-processor repeats the text");
}

TEST_F(TextEncoderBadInput, LongNames) {
  // The library takes some structures of a name down by recursion.
  const std::string longest(std::size_t{1} << 20, 'a');
  const json pieces = json::array({json::array({longest, 0.0})});
  EXPECT_EQ(Refusal(With("model", {{"type", "Unigram"}, {"unk_id", 0}, {"vocab", pieces}})),
            "holds a string of more than 16384 bytes");
  EXPECT_EQ(Refusal(With("model", {{"type", "BPE"}, {"vocab", {{longest, 0}}}})),
            "holds a string of more than 16384 bytes");
  json letters = Letters();
  const std::string name(1000, 'u');
  letters["model"]["vocab"][name] = 0;
  letters["model"]["unk_token"] = name;
  EXPECT_EQ(Refusal(letters),
            "its model's unknown token, prefix or suffix has more than 256 bytes");
}

// Which would take hours of a text without spaces.
TEST_F(TextEncoderBadInput, LongWordsAndPieces) {
  EXPECT_EQ(Refusal(With("model", {{"type", "WordPiece"},
                                   {"unk_token", "u"},
                                   {"continuing_subword_prefix", "##"},
                                   {"max_input_chars_per_word", 1'000'000},
                                   {"vocab", {{"a", 0}, {"u", 1}}}})),
            "its words may have more than 1000 characters");
  const json pieces =
      json::array({json::array({"a", 0.0}), json::array({std::string(16'000, 'a'), 0.0})});
  EXPECT_EQ(Refusal(With("model", {{"type", "Unigram"}, {"unk_id", 0}, {"vocab", pieces}})),
            "one of its pieces has more than 1024 bytes");
}

TEST_F(TextEncoderBadInput, RegularExpressions) {
  Refusal(With("pre_tokenizer", Split("(")));
  Refusal(With("pre_tokenizer", Split(std::string(100'000, '('))));
  // Without an end; the library gives up.
  EXPECT_THAT(
      EncodeError(With("pre_tokenizer", Split("(a|a)*(a|aa)*$")), std::string(60, 'a') + "b"),
      ::testing::HasSubstr("retry-limit"));
  // Would hold a place to return to for each letter of a long text.
  const std::string long_text(std::size_t{20} << 20, 'a');
  EXPECT_THAT(EncodeError(With("pre_tokenizer", Split("(?:a|b)*")), long_text),
              ::testing::HasSubstr("match-stack"));
  // And goes on as if nothing had been.
  const auto encoder = Open(With("pre_tokenizer", Split("(a|a)*(a|aa)*$")));
  testing::CatchError(ErrorKind::kBadInput, [&] { encoder->Encode(std::string(60, 'a') + "b"); });
  EXPECT_EQ(encoder->Encode("ab").size(), 2U);
}

TEST_F(TextEncoderBadInput, PanicsAreErrors) {
  // A table of replacements that is none.
  Refusal(With("normalizer", {{"type", "Precompiled"}, {"precompiled_charsmap", "AAAA"}}));
  Refusal(With("normalizer", {{"type", "Precompiled"}, {"precompiled_charsmap", 7}}));
  Refusal(With("decoder", 7));
  // No token for what is unknown.
  const json pieces = json::array({json::array({"a", 0.0})});
  json unigram = {{"type", "Unigram"}, {"unk_id", nullptr}, {"vocab", pieces}};
  EncodeError(With("model", unigram), "b");
  unigram["unk_id"] = 7;
  Refusal(With("model", unigram));
  unigram["unk_id"] = 0;
  unigram["vocab"] = json::array();
  Refusal(With("model", unigram));
  EncodeError(With("model", {{"type", "WordLevel"}, {"vocab", {{"a", 0}}}, {"unk_token", "x"}}),
              "b");
}

}  // namespace bad_input_test
}  // namespace modelkin
