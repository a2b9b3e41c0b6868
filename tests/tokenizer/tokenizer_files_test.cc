// The formats, right and wrong.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "support/expect_error.h"
#include "support/temporary_directory.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {
namespace tokenizer_files_test {

class TokenizerFiles : public ::testing::Test {
 protected:
  Tokenizer Read(std::string_view name, std::string_view content) const {
    return OpenTokenizer(folder_.WriteFile(name, content));
  }
  Error ErrorOf(std::string_view name, std::string_view content) const {
    const std::string path = folder_.WriteFile(name, content);
    return testing::CatchError(ErrorKind::kBadInput, [&] { OpenTokenizer(path); });
  }

  testing::TemporaryDirectory folder_;
};

std::string Show(const Tokenizer& tokenizer) {
  std::string text;
  for (const Token& token : tokenizer.tokens) {
    text += std::to_string(token.id) + (token.special ? "!" : ":") + token.bytes + "|";
  }
  for (const Merge& merge : tokenizer.merges) text += merge.left + "+" + merge.right + "|";
  return text;
}

TEST_F(TokenizerFiles, ByteLevelBpe) {
  const Tokenizer tokenizer = Read("tokenizer.json", R"({
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split"}, {"type": "ByteLevel"}]},
    "added_tokens": [{"id": 3, "content": "<s>", "special": true},
                     {"id": 2, "content": "Ġx", "special": false}],
    "model": {"type": "BPE", "vocab": {"a": 1, "Ġ": 0, "Ġb": 2}, "merges": ["Ġ a", ["a", "Ġ"]]}})");
  EXPECT_EQ(tokenizer.kind, "byte-level BPE");
  // An added token replaces what had its id, and is spelled as it stands.
  EXPECT_EQ(Show(tokenizer), "0: |1:a|2:Ġx|3!<s>| +a|a+ |");
}

// Which is wrong, but no reason to lose one of them.
TEST_F(TokenizerFiles, TwoTokensOfOneId) {
  EXPECT_EQ(Show(Read("tokenizer.json", R"({"model": {"vocab": {"a": 1, "b": 0, "c": 1}}})")),
            "0:b|1:a|1:c|");
}

// Takes hours if every space costs a walk over the text.
TEST_F(TokenizerFiles, TokenOfManySpaces) {
  constexpr std::size_t kSpaces = std::size_t{4} << 20;
  std::string text;
  for (std::size_t i = 0; i < kSpaces; ++i) text += "\xE2\x96\x81";
  const Tokenizer tokenizer =
      Read("tokenizer.json", R"({"model": {"vocab": {")" + text + R"(": 0}}})");
  EXPECT_EQ(tokenizer.tokens.at(0).bytes, std::string(kSpaces, ' '));
}

TEST_F(TokenizerFiles, BpeWithBytesBesideIt) {
  const Tokenizer tokenizer = Read("tokenizer.json", R"({
    "decoder": {"type": "Sequence", "decoders": [{"type": "Replace"}, {"type": "ByteFallback"}]},
    "model": {"type": "BPE", "vocab": {"<0x0A>": 0, "▁a": 1}, "merges": ["▁ a"]}})");
  EXPECT_EQ(tokenizer.kind, "BPE");
  EXPECT_EQ(Show(tokenizer), "0:<0x0A>|1: a| +a|");
}

TEST_F(TokenizerFiles, Unigram) {
  const Tokenizer tokenizer =
      Read("tokenizer.json",
           R"({"model": {"type": "Unigram", "vocab": [["<unk>", 0.0], ["▁a", -1.5], ["b", -2]]}})");
  EXPECT_EQ(tokenizer.kind, "Unigram");
  EXPECT_EQ(Show(tokenizer), "0:<unk>|1: a|2:b|");
}

TEST_F(TokenizerFiles, VocabJsonWithMerges) {
  folder_.WriteFile("merges.txt", "#version: 0.2\nĠ a\r\na b\n\n");
  EXPECT_EQ(Show(Read("vocab.json", R"({"a": 0, "Ġ": 1})")), "0:a|1: | +a|a+b|");
}

TEST_F(TokenizerFiles, Tiktoken) {
  const Tokenizer tokenizer = Read("x.tiktoken", "IQ== 0\nIGE= 7\r\nAAEC 1\n");
  EXPECT_EQ(Show(tokenizer), std::string("0:!|1:\0\1\2|7: a|", 15));
  EXPECT_EQ(Show(Read("tokenizer.model", "IQ== 0\n")), "0:!|");
}

// Fields of Protocol Buffers, put together by hand.
std::string Bytes(int field, const std::string& content) {
  return std::string{static_cast<char>(field << 3 | 2), static_cast<char>(content.size())} +
         content;
}
std::string Varint(int field, int value) {
  return {static_cast<char>(field << 3), static_cast<char>(value)};
}

TEST_F(TokenizerFiles, SentencePiece) {
  const std::string score = std::string("\x15\0\0\0\0", 5);
  const std::string model = Bytes(1, Bytes(1, "<unk>") + score + Varint(3, 2)) +
                            Bytes(1, Bytes(1, "<0x0A>") + Varint(3, 6)) +
                            Bytes(1, Bytes(1, "\xE2\x96\x81hi") + score) +
                            Bytes(2, Varint(3, 2) + Bytes(1, "file.txt"));
  const Tokenizer tokenizer = Read("tokenizer.model", model);
  EXPECT_EQ(tokenizer.kind, "SentencePiece BPE");
  EXPECT_EQ(Show(tokenizer), "0!<unk>|1:<0x0A>|2: hi|");
}

template <class Number>
std::string Fixed(Number number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}
std::string GgufString(const std::string& text) { return Fixed<std::uint64_t>(text.size()) + text; }
std::string GgufStrings(const std::string& key, const std::vector<std::string>& texts) {
  std::string bytes = GgufString(key) + Fixed<std::uint32_t>(9) + Fixed<std::uint32_t>(8) +
                      Fixed<std::uint64_t>(texts.size());
  for (const std::string& text : texts) bytes += GgufString(text);
  return bytes;
}
std::string Gguf(std::uint64_t pairs, const std::string& content) {
  return "GGUF" + Fixed<std::uint32_t>(3) + Fixed<std::uint64_t>(0) + Fixed<std::uint64_t>(pairs) +
         content;
}

TEST_F(TokenizerFiles, Gguf) {
  const std::string file =
      Gguf(5, GgufString("general.alignment") + Fixed<std::uint32_t>(4) + Fixed<std::uint32_t>(32) +
                  GgufString("tokenizer.ggml.model") + Fixed<std::uint32_t>(8) +
                  GgufString("gpt2") + GgufStrings("tokenizer.ggml.tokens", {"Ġa", "<s>"}) +
                  GgufString("tokenizer.ggml.token_type") + Fixed<std::uint32_t>(9) +
                  Fixed<std::uint32_t>(5) + Fixed<std::uint64_t>(2) + Fixed<std::int32_t>(1) +
                  Fixed<std::int32_t>(3) + GgufStrings("tokenizer.ggml.merges", {"Ġ a"}));
  EXPECT_EQ(Show(Read("model.gguf", file)), "0: a|1!<s>| +a|");
  for (std::size_t length = 4; length < file.size(); length += 3) {
    EXPECT_TRUE(ErrorOf("model.gguf", file.substr(0, length)).site().offset_bytes) << length;
  }
}

// Of a model of many gigabytes, the beginning is enough; but not if the vocabulary is not there.
TEST_F(TokenizerFiles, LargeGguf) {
  const std::string path =
      folder_.WriteFile("model.gguf", Gguf(1, GgufStrings("tokenizer.ggml.tokens", {"a"})));
  std::filesystem::resize_file(path, std::uint64_t{3} << 30);  // a hole: takes no room on disk
  EXPECT_EQ(Show(OpenTokenizer(path)), "0:a|");
  const std::string far =
      folder_.WriteFile("far.gguf", Gguf(1, Fixed<std::uint64_t>(std::uint64_t{1} << 30)));
  std::filesystem::resize_file(far, std::uint64_t{3} << 30);
  EXPECT_EQ(testing::CatchError(ErrorKind::kBadInput, [&] { OpenTokenizer(far); }).message(),
            "its key-value pairs do not end within 512 MiB");
}

TEST_F(TokenizerFiles, FalseCountsCostNothing) {
  const std::uint64_t many = std::uint64_t{1} << 60;
  ErrorOf("a.gguf", Gguf(many, ""));
  ErrorOf("a.gguf", Gguf(1, GgufString("tokenizer.ggml.tokens") + Fixed<std::uint32_t>(9) +
                                Fixed<std::uint32_t>(8) + Fixed<std::uint64_t>(many)));
  ErrorOf("a.gguf", Gguf(1, Fixed<std::uint64_t>(many)));
  ErrorOf("tokenizer.json", R"({"model": {"vocab": {"a": 18446744073709551615}}})");
  ErrorOf("x.tiktoken", "IQ== 9223372036854775807\n");
  EXPECT_EQ(Show(Read("tokenizer.json", R"({"model": {"vocab": {"a": 4294967296, "b": 0}}})")),
            "0:b|4294967296:a|");
}

TEST_F(TokenizerFiles, BadFiles) {
  for (const char* text :
       {"", "[]", "{", "{}", R"({"model": 1})", R"({"model": {}})", R"({"model": {"vocab": 1}})",
        R"({"model": {"vocab": {"a": -1}}})", R"({"model": {"vocab": {"a": "b"}}})",
        R"({"model": {"vocab": [[1, 2]]}})", R"({"model": {"vocab": [7]}})",
        R"({"model": {"vocab": {}, "merges": ["ab"]}})",
        R"({"model": {"vocab": {}, "merges": [["a"]]}})",
        R"({"model": {"vocab": {}, "merges": [1]}})",
        R"({"model": {"vocab": {}}, "added_tokens": [{"id": 1}]})",
        R"({"model": {"vocab": {}}, "added_tokens": [7]})"}) {
    SCOPED_TRACE(text);
    ErrorOf("tokenizer.json", text);
  }
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"model\":";
  EXPECT_EQ(ErrorOf("tokenizer.json", deep).message(), "is nested too deeply");
  for (const char* text : {"", "IQ==\n", "IQ== x\n", "IQ 0\n", "!!!! 0\n", "IQ== 0 1\n"}) {
    SCOPED_TRACE(text);
    ErrorOf("x.tiktoken", text);
  }
  for (const std::string text :
       {"\x0A",
        "\x0A\x05"
        "ab",
        "\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "\x0A\x02\x0B\x01", "\x0A\x01\x0F"}) {
    SCOPED_TRACE(text);
    ErrorOf("tokenizer.model", text);
  }
  EXPECT_EQ(ErrorOf("model.safetensors", "\x08").message(),
            "is no .json, .model, .tiktoken or GGUF file of a tokenizer");
  testing::CatchError(ErrorKind::kBadInput, [] { OpenTokenizer("/nowhere"); });
  const testing::TemporaryDirectory empty;
  testing::CatchError(ErrorKind::kBadInput, [&] { OpenTokenizer(empty.path()); });
}

TEST_F(TokenizerFiles, DirectoriesByOrderOfFormats) {
  folder_.WriteFile("a.tiktoken", "IQ== 0\n");
  EXPECT_EQ(OpenTokenizer(folder_.path()).kind, "tiktoken");
  folder_.WriteFile("tokenizer.json", R"({"model": {"type": "BPE", "vocab": {"a": 0}}})");
  EXPECT_EQ(OpenTokenizer(folder_.path()).kind, "BPE");
}

}  // namespace tokenizer_files_test
}  // namespace modelkin
