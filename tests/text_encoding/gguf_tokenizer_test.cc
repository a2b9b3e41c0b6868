// Tokenizers of GGUF files give the ids of those they were made from.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "source/mapped_file.h"
#include "support/expect_error.h"
#include "support/gguf_writer.h"
#include "text_encoding/gguf_pre_tokenizers.h"
#include "text_encoding/gguf_tokenizer_json.h"
#include "text_encoding/golden.h"

namespace modelkin {
namespace gguf_tokenizer_test {

using nlohmann::json;
using testing::BytesOf;
using testing::GgufPair;
using testing::GgufText;
using testing::Ids;

constexpr std::uint32_t kU32 = 4, kI32 = 5, kF32 = 6, kBool = 7, kString = 8, kArray = 9;

template <class Item>
std::string ArrayOf(std::uint32_t type, const std::vector<Item>& items) {
  std::string text = BytesOf(type).append(BytesOf<std::uint64_t>(items.size()));
  for (const Item& item : items) {
    if constexpr (std::is_same_v<Item, std::string>) {
      text += GgufText(item);
    } else {
      text += BytesOf(item);
    }
  }
  return text;
}

struct Vocabulary {
  std::string model, pre;
  std::vector<std::string> tokens, merges;
  std::vector<std::int32_t> types;
  std::vector<float> scores;
  std::vector<std::string> more;  // further pairs
};

std::shared_ptr<const ByteSource> FileOf(const Vocabulary& vocabulary) {
  const std::string key = "tokenizer.ggml.";
  std::vector<std::string> pairs = {
      GgufPair(key + "model", kString, GgufText(vocabulary.model)),
      GgufPair(key + "tokens", kArray, ArrayOf(kString, vocabulary.tokens)),
      GgufPair(key + "token_type", kArray, ArrayOf(kI32, vocabulary.types))};
  if (!vocabulary.pre.empty()) {
    pairs.push_back(GgufPair(key + "pre", kString, GgufText(vocabulary.pre)));
  }
  if (!vocabulary.merges.empty()) {
    pairs.push_back(GgufPair(key + "merges", kArray, ArrayOf(kString, vocabulary.merges)));
  }
  if (!vocabulary.scores.empty()) {
    pairs.push_back(GgufPair(key + "scores", kArray, ArrayOf(kF32, vocabulary.scores)));
  }
  pairs.insert(pairs.end(), vocabulary.more.begin(), vocabulary.more.end());
  const std::string bytes = testing::GgufBytesOf(pairs, {}, "");
  const auto* const begin = reinterpret_cast<const std::byte*>(bytes.data());
  return MakeMemorySource("model.gguf", std::vector<std::byte>(begin, begin + bytes.size()));
}

std::string IdPair(const std::string& name, std::uint32_t id) {
  return GgufPair("tokenizer.ggml." + name, kU32, BytesOf(id));
}

std::unique_ptr<const TextEncoder> EncoderOf(const ByteSource& gguf) {
  return ReadTextEncoder(*GgufTokenizerJson(gguf));
}

json TokenizerOf(const std::string& name) {
  return json::parse(std::ifstream(MODELKIN_TEST_DATA "/" + name + ".tokenizer.json"));
}

// Tokens by id, those that were added as special ones.
Vocabulary VocabularyOf(const json& tokenizer) {
  Vocabulary vocabulary;
  const json& ids = tokenizer.at("model").at("vocab");
  vocabulary.tokens.resize(ids.size());
  vocabulary.types.assign(ids.size(), 1);
  for (const auto& [token, id] : ids.items()) vocabulary.tokens[id.get<std::size_t>()] = token;
  for (const json& added : tokenizer.at("added_tokens")) {
    vocabulary.types[added.at("id").get<std::size_t>()] = 3;
  }
  return vocabulary;
}

void ExpectSameIds(const TextEncoder& encoder, const TextEncoder& expected,
                   const std::string& golden) {
  const json texts = testing::ReadGolden(golden);
  for (const json& entry : texts.at("texts")) {
    const auto text = entry.at("text").get<std::string>();
    SCOPED_TRACE(text);
    EXPECT_EQ(encoder.Encode(text), expected.Encode(text));
    EXPECT_EQ(encoder.Decode(encoder.Encode(text), true),
              expected.Decode(expected.Encode(text), true));
  }
}

TEST(GgufTokenizerTest, ByteLevel) {
  json original = TokenizerOf("byte-level");
  original["normalizer"] = nullptr;  // which a file of this name has not
  original["model"]["ignore_merges"] = true;
  Vocabulary vocabulary = VocabularyOf(original);
  vocabulary.model = "gpt2";
  vocabulary.pre = "llama-bpe";
  for (const json& merge : original.at("model").at("merges")) {
    vocabulary.merges.push_back(merge.at(0).get<std::string>() + " " +
                                merge.at(1).get<std::string>());
  }
  vocabulary.more = {IdPair("bos_token_id", 0)};
  const std::string text = original.dump();
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  const auto expected = ReadTextEncoder(
      *MakeMemorySource("original", std::vector<std::byte>(begin, begin + text.size())));
  ExpectSameIds(*EncoderOf(*FileOf(vocabulary)), *expected, "byte-level");
}

TEST(GgufTokenizerTest, WordPiece) {
  Vocabulary vocabulary = VocabularyOf(TokenizerOf("wordpiece"));
  vocabulary.model = "bert";
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    std::string& token = vocabulary.tokens[i];
    if (vocabulary.types[i] == 3) continue;
    token = token.starts_with("##") ? token.substr(2) : "\u2581" + token;
  }
  vocabulary.more = {IdPair("bos_token_id", 2), IdPair("seperator_token_id", 3),
                     IdPair("unknown_token_id", 1)};
  testing::ExpectGolden(*EncoderOf(*FileOf(vocabulary)), testing::ReadGolden("wordpiece"));
}

// By hand: the best score first, whatever it is put together from; bytes of what has no piece.
TEST(GgufTokenizerTest, SentencePiece) {
  Vocabulary vocabulary;
  vocabulary.model = "llama";
  vocabulary.tokens = {"<unk>", "<s>", "</s>"};
  vocabulary.types = {2, 3, 3};
  for (int byte = 0; byte < 256; ++byte) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    vocabulary.tokens.push_back(std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">");
    vocabulary.types.push_back(6);
  }
  const std::vector<std::string> pieces = {"ab", "bc", "abc", "\u2581a", "\u2581", "a", "b", "c"};
  const auto first = static_cast<std::uint32_t>(vocabulary.tokens.size());
  vocabulary.scores.assign(first, 0);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    vocabulary.tokens.push_back(pieces[i]);
    vocabulary.types.push_back(1);
    vocabulary.scores.push_back(-static_cast<float>(i));
  }
  vocabulary.more = {IdPair("bos_token_id", 1), IdPair("unknown_token_id", 0)};
  const auto encoder = EncoderOf(*FileOf(vocabulary));
  const auto piece = [&](std::uint32_t i) { return first + i; };
  EXPECT_EQ(encoder->Encode("abc"), (Ids{1, piece(4), piece(2)}));  // _ abc
  EXPECT_EQ(encoder->Encode("bcab"), (Ids{1, piece(4), piece(1), piece(0)}));
  EXPECT_EQ(encoder->Encode("acx"), (Ids{1, piece(3), piece(7), 3 + 'x'}));
  EXPECT_EQ(encoder->Decode(encoder->Encode("acx b"), true), "acx b");
}

TEST(GgufTokenizerTest, SaysWhatIsNotKnown) {
  const auto refusal = [](Vocabulary vocabulary) {
    vocabulary.tokens = {"a"};
    vocabulary.types = {1};
    try {
      GgufTokenizerJson(*FileOf(vocabulary));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
      return error.message();
    }
    return std::string();
  };
  Vocabulary vocabulary;
  vocabulary.model = "gpt2";
  EXPECT_NE(refusal(vocabulary).find("tokenizer.ggml.pre"), std::string::npos);
  vocabulary.pre = "of-tomorrow";
  EXPECT_NE(refusal(vocabulary).find("\"of-tomorrow\""), std::string::npos);
  vocabulary.model = "t5";
  EXPECT_NE(refusal(vocabulary).find("\"t5\""), std::string::npos);
  vocabulary = {.model = "gpt2", .pre = "gpt-2", .merges = {"ab"}};
  EXPECT_NE(refusal(vocabulary).find("merge 0"), std::string::npos);
  vocabulary = {.model = "llama", .pre = "\xFF"};
  EXPECT_EQ(refusal(vocabulary), "");
}

std::vector<std::string> SplitAt(const std::string& text, const std::string& mark) {
  std::vector<std::string> parts;
  for (std::size_t from = 0;;) {
    const std::size_t to = text.find(mark, from);
    parts.push_back(text.substr(from, to - from));
    if (to == std::string::npos) return parts;
    from = to + mark.size();
  }
}

std::string ContentsOf(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

// llama.cpp's own: MODELKIN_LLAMA_CPP names a checkout. Its ids are without special tokens. Those
// of Qwen 3.5 are of texts that were not composed (NFC), as transformers does, and so are not
// these.
class PublishedGgufTokenizers : public ::testing::TestWithParam<const char*> {};

TEST_P(PublishedGgufTokenizers, GiveTheOriginalsIds) {
  const char* const folder = std::getenv("MODELKIN_LLAMA_CPP");
  if (folder == nullptr || *folder == '\0') {
    GTEST_SKIP() << "MODELKIN_LLAMA_CPP is not set: PUBLISHED VOCABULARIES NOT CHECKED";
  }
  const std::string path = std::string(folder) + "/models/ggml-vocab-" + GetParam() + ".gguf";
  const auto encoder = OpenTextEncoder(path);
  const auto texts = SplitAt(ContentsOf(path + ".inp"), "\n__ggml_vocab_test__\n");
  const auto lines = SplitAt(ContentsOf(path + ".out"), "\n");
  ASSERT_GE(texts.size(), 40U);
  ASSERT_GE(lines.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    SCOPED_TRACE(texts[i]);
    Ids expected;
    std::istringstream line(lines[i]);
    for (std::uint32_t id = 0; line >> id;) expected.push_back(id);
    EXPECT_EQ(encoder->Encode(texts[i], false), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, PublishedGgufTokenizers,
                         ::testing::Values("bert-bge", "command-r", "deepseek-coder", "gpt-2",
                                           "llama-bpe", "llama-spm", "mpt", "phi-3", "qwen2",
                                           "refact", "starcoder"));

}  // namespace gguf_tokenizer_test
}  // namespace modelkin
