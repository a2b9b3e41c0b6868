#include "text_encoding/gguf_tokenizer_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/escaped_text.h"
#include "text_encoding/gguf_pre_tokenizers.h"
#include "tokenizer/gguf_pairs.h"
#include "tokenizer/token_list.h"

namespace modelkin {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSpace = "\u2581";
// Of a piece that merges make; published ones are shorter.
constexpr std::size_t kLongestPiece = 512;

// A piece and where it is taken apart.
struct Merge {
  std::string_view left, right;
  float score;
  std::uint32_t left_id, right_id;
};

class JsonOfPairs {
 public:
  JsonOfPairs(const ByteSource& file, const GgufPairs& pairs) : file_(file), pairs_(pairs) {}

  Json Run() {
    if (pairs_.model == "gpt2") {
      MakeByteLevel();
    } else if (pairs_.model == "llama") {
      MakeSentencePiece();
    } else if (pairs_.model == "bert") {
      MakeWordPiece();
    } else {
      FailTokenizer(file_, fmt::format("its tokenizer is of the kind \"{}\", which is not read for "
                                       "text: use --ids",
                                       Printable(pairs_.model, 32)));
    }
    Json whole = {{"version", "1.0"},
                  {"truncation", nullptr},
                  {"padding", nullptr},
                  {"added_tokens", AddedTokens()},
                  {"model", std::move(model_)}};
    whole["normalizer"] = std::move(normalizer_);
    whole["pre_tokenizer"] = std::move(pre_tokenizer_);
    whole["post_processor"] = std::move(post_processor_);
    whole["decoder"] = std::move(decoder_);
    return whole;
  }

 private:
  void MakeByteLevel() {
    const GgufPreTokenizer* const pre = FindGgufPreTokenizer(pairs_.pre);
    if (pre == nullptr) {
      FailTokenizer(
          file_, pairs_.pre.empty()
                     ? std::string("says nothing of how texts are split (tokenizer.ggml.pre): use "
                                   "--ids")
                     : fmt::format("splits texts by \"{}\" (tokenizer.ggml.pre), which is not "
                                   "known: use --ids",
                                   Printable(pairs_.pre, 32)));
    }
    Json steps = Json::array();
    for (const std::string_view split : pre->splits) {
      steps.push_back({{"type", "Split"},
                       {"pattern", {{"Regex", split}}},
                       {"behavior", "Isolated"},
                       {"invert", false}});
    }
    const Json bytes = {{"type", "ByteLevel"},
                        {"add_prefix_space", false},
                        {"trim_offsets", true},
                        {"use_regex", pre->splits_words}};
    steps.push_back(bytes);
    pre_tokenizer_ = {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
    if (pre->composes) normalizer_ = {{"type", "NFC"}};
    decoder_ = bytes;
    Json merges = Json::array();
    for (const std::string_view merge : pairs_.merges) {
      const std::size_t space = merge.find(' ', 1);
      if (space == std::string_view::npos) {
        FailTokenizer(file_, fmt::format("merge {} is no pair of texts", merges.size()));
      }
      merges.push_back({merge.substr(0, space), merge.substr(space + 1)});
    }
    model_ = Bpe(std::move(merges));
    model_["ignore_merges"] = pre->ignore_merges;
    AddEnds(pairs_.add_bos.value_or(pre->adds_bos), pairs_.add_eos.value_or(false));
  }

  Json Bpe(Json merges) const {
    return {{"type", "BPE"},
            {"vocab", Vocabulary()},
            {"merges", std::move(merges)},
            {"dropout", nullptr},
            {"unk_token", nullptr},
            {"continuing_subword_prefix", nullptr},
            {"end_of_word_suffix", nullptr},
            {"fuse_unk", false},
            {"byte_fallback", false},
            {"ignore_merges", false}};
  }

  Json Vocabulary() const {
    Json vocabulary = Json::object();
    for (std::size_t i = 0; i < pairs_.tokens.size(); ++i) {
      vocabulary.emplace(std::string(pairs_.tokens[i]), i);
    }
    return vocabulary;
  }

  // As transformers turns SentencePiece's models of this kind into merges: best scores first.
  void MakeSentencePiece() {
    model_ = Bpe(MergesByScore());
    model_["byte_fallback"] = true;
    model_["fuse_unk"] = true;
    if (pairs_.unknown && *pairs_.unknown < pairs_.tokens.size()) {
      model_["unk_token"] = pairs_.tokens[*pairs_.unknown];
    }
    const Json replace = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", kSpace}};
    const bool prefix = pairs_.add_space_prefix.value_or(true);
    Json decoders = {{{"type", "Replace"}, {"pattern", {{"String", kSpace}}}, {"content", " "}},
                     {{"type", "ByteFallback"}},
                     {{"type", "Fuse"}}};
    normalizer_ = replace;
    if (prefix) {
      normalizer_ = {{"type", "Sequence"},
                     {"normalizers", {{{"type", "Prepend"}, {"prepend", kSpace}}, replace}}};
      decoders.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
    }
    decoder_ = {{"type", "Sequence"}, {"decoders", std::move(decoders)}};
    AddEnds(pairs_.add_bos.value_or(true), pairs_.add_eos.value_or(false));
  }

  Json MergesByScore() const {
    std::unordered_map<std::string_view, std::uint32_t> ids;
    for (std::size_t i = 0; i < pairs_.tokens.size(); ++i) {
      ids.emplace(pairs_.tokens[i], static_cast<std::uint32_t>(i));
    }
    std::vector<Merge> merges;
    for (std::size_t i = 0; i < std::min(pairs_.tokens.size(), pairs_.scores.size()); ++i) {
      const std::string_view piece = pairs_.tokens[i];
      if (piece.size() > kLongestPiece) continue;
      const auto first = static_cast<std::ptrdiff_t>(merges.size());
      for (std::size_t at = 1; at < piece.size(); ++at) {
        const auto left = ids.find(piece.substr(0, at)), right = ids.find(piece.substr(at));
        if (left == ids.end() || right == ids.end()) continue;
        merges.push_back(
            {left->first, right->first, pairs_.scores[i], left->second, right->second});
      }
      std::sort(merges.begin() + first, merges.end(), [](const Merge& a, const Merge& b) {
        return std::pair(a.left_id, a.right_id) < std::pair(b.left_id, b.right_id);
      });
    }
    // A NaN has no place in an order.
    std::erase_if(merges, [](const Merge& merge) { return std::isnan(merge.score); });
    std::ranges::stable_sort(merges, [](const Merge& a, const Merge& b) {
      return std::tuple(a.score, Characters(a.left), Characters(a.right)) >
             std::tuple(b.score, Characters(b.left), Characters(b.right));
    });
    Json pairs = Json::array();
    for (const Merge& merge : merges) pairs.push_back({merge.left, merge.right});
    return pairs;
  }

  static std::size_t Characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
  }

  // GGUF marks the beginnings of words, where the original marks what goes on.
  void MakeWordPiece() {
    Json vocabulary = Json::object();
    for (std::size_t i = 0; i < pairs_.tokens.size(); ++i) {
      vocabulary.emplace(WordPieceOf(i), i);
    }
    const std::string unknown = pairs_.unknown ? WordPieceOf(*pairs_.unknown) : "[UNK]";
    model_ = {{"type", "WordPiece"},
              {"vocab", std::move(vocabulary)},
              {"unk_token", unknown},
              {"continuing_subword_prefix", "##"},
              {"max_input_chars_per_word", 100}};
    const bool lowercase = pairs_.lowercase.value_or(true);
    normalizer_ = {{"type", "BertNormalizer"},
                   {"clean_text", true},
                   {"handle_chinese_chars", true},
                   {"strip_accents", pairs_.strip_accents.value_or(lowercase)},
                   {"lowercase", lowercase}};
    pre_tokenizer_ = {{"type", "BertPreTokenizer"}};
    decoder_ = {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}};
    AddEnds(pairs_.add_bos.value_or(true), pairs_.add_eos.value_or(true));
  }

  std::string WordPieceOf(std::size_t token) const {
    if (token >= pairs_.tokens.size()) return "";
    const std::string_view text = pairs_.tokens[token];
    if (pairs_.model != "bert" || IsSpecial(token)) return std::string(text);
    if (text.starts_with(kSpace)) return std::string(text.substr(kSpace.size()));
    if (text.starts_with('[') && text.ends_with(']')) return std::string(text);
    return std::string("##").append(text);
  }

  bool IsSpecial(std::size_t token) const {
    return pairs_.IsOfType(token, GgufTokenType::kControl) ||
           pairs_.IsOfType(token, GgufTokenType::kUnknown);
  }

  Json AddedTokens() const {
    Json added = Json::array();
    for (std::size_t i = 0; i < pairs_.tokens.size(); ++i) {
      const bool user = pairs_.IsOfType(i, GgufTokenType::kUserDefined);
      if ((!user && !IsSpecial(i)) || pairs_.tokens[i].empty()) continue;
      added.push_back({{"id", i},
                       {"content", WordPieceOf(i)},
                       {"single_word", false},
                       {"lstrip", false},
                       {"rstrip", false},
                       {"normalized", false},
                       {"special", !user}});
    }
    return added;
  }

  // Tokens before and after a text.
  void AddEnds(bool bos, bool eos) {
    Json steps = Json::array(), names = Json::object();
    const auto add = [&](std::optional<std::uint32_t> id) {
      if (!id || *id >= pairs_.tokens.size()) return;
      const std::string name = WordPieceOf(*id);
      steps.push_back({{"SpecialToken", {{"id", name}, {"type_id", 0}}}});
      names[name] = {{"id", name}, {"ids", {*id}}, {"tokens", {name}}};
    };
    if (bos) add(pairs_.bos);
    steps.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
    if (eos) add(pairs_.model == "bert" && pairs_.separator ? pairs_.separator : pairs_.eos);
    if (names.empty()) return;
    Json pair = steps;
    pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 0}}}});
    post_processor_ = {{"type", "TemplateProcessing"},
                       {"single", std::move(steps)},
                       {"pair", std::move(pair)},
                       {"special_tokens", std::move(names)}};
  }

  const ByteSource& file_;
  const GgufPairs& pairs_;
  Json model_, normalizer_, pre_tokenizer_, post_processor_, decoder_;
};

}  // namespace

bool IsGguf(const ByteSource& file) {
  if (file.size_bytes() < 4) return false;
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(0, 4, scratch);
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), 4) == "GGUF";
}

std::shared_ptr<const ByteSource> GgufTokenizerJson(const ByteSource& gguf) {
  std::vector<std::byte> scratch;
  const GgufPairs pairs = ReadGgufPairs(gguf, scratch);
  std::string text;
  try {
    text = JsonOfPairs(gguf, pairs).Run().dump();
  } catch (const Json::exception&) {
    FailTokenizer(gguf, "a token or a merge is not UTF-8");
  }
  gguf.RequireUnchanged();
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  return MakeMemorySource(gguf.label(), std::vector<std::byte>(begin, begin + text.size()));
}

}  // namespace modelkin
