// tokenizer.json, as the Hugging Face tokenizers library writes it, and GPT-2's vocab.json with
// merges.txt.
#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/escaped_text.h"
#include "source/json_document.h"
#include "tokenizer/token_list.h"
#include "tokenizer/token_spelling.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {
namespace {

using nlohmann::json;

// Whether a part of the pipeline, or one of those that it is a sequence of, is of this type.
bool HasType(const json& part, std::string_view type) {
  if (!part.is_object()) return false;
  if (part.value("type", json()) == type) return true;
  for (const auto& [key, member] : part.items()) {
    if (!member.is_array()) continue;
    for (const json& inner : member) {
      if (HasType(inner, type)) return true;
    }
  }
  return false;
}

const json& Member(const json& object, const char* key) {
  static const json kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

Spelling SpellingOf(const json& root) {
  for (const char* part : {"pre_tokenizer", "decoder"}) {
    if (HasType(Member(root, part), "ByteLevel")) return Spelling::kByteLevel;
  }
  return Spelling::kMetaspace;  // which changes nothing where there are none
}

class Reader {
 public:
  Reader(const ByteSource& file, Spelling spelling)
      : file_(file), spelling_(spelling), tokens_(file) {}

  // {"token": id}
  void AddVocabulary(const json& vocabulary) {
    for (const auto& [text, id] : vocabulary.items()) {
      if (!id.is_number_unsigned())
        Fail(fmt::format("token \"{}\" has no id", Printable(text, 40)));
      tokens_.Add(id.get<std::uint64_t>(), BytesOf(text));
    }
  }

  // [["token", score]], ids by place
  void AddScored(const json& vocabulary) {
    std::uint64_t id = 0;
    for (const json& entry : vocabulary) {
      if (!entry.is_array() || entry.empty() || !entry[0].is_string()) {
        Fail(fmt::format("token {} has no text", id));
      }
      tokens_.Add(id++, BytesOf(entry[0].get_ref<const std::string&>()));
    }
  }

  void AddAdded(const json& added) {
    if (!added.is_array()) return;
    for (const json& token : added) {
      const bool whole = token.is_object() && Member(token, "content").is_string() &&
                         Member(token, "id").is_number_unsigned();
      if (!whole) Fail("an added token lacks content or id");
      tokens_.AddAdded(token["id"].get<std::uint64_t>(), token["content"].get<std::string>(),
                       Member(token, "special") == true);
    }
  }

  // "left right", or ["left", "right"] in newer files
  void AddMerge(const json& merge) {
    if (merge.is_string()) {
      AddMergeText(merge.get_ref<const std::string&>());
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
               merge[1].is_string()) {
      merges_.push_back({BytesOf(merge[0].get_ref<const std::string&>()),
                         BytesOf(merge[1].get_ref<const std::string&>())});
    } else {
      Fail(fmt::format("merge {} is no pair of texts", merges_.size()));
    }
  }

  void AddMergeText(std::string_view text) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) {
      Fail(fmt::format("merge {} is no pair of texts", merges_.size()));
    }
    merges_.push_back({BytesOf(text.substr(0, space)), BytesOf(text.substr(space + 1))});
  }

  Tokenizer Take(std::string kind) {
    return {.file = file_.label(),
            .version = file_.Version(),
            .kind = std::move(kind),
            .tokens = tokens_.Take(),
            .merges = std::move(merges_)};
  }

 private:
  [[noreturn]] void Fail(std::string_view message) const { FailTokenizer(file_, message); }

  std::string BytesOf(std::string_view text) const {
    return IsByteToken(text) ? std::string(text) : UndoSpelling(spelling_, text);
  }

  const ByteSource& file_;
  Spelling spelling_;
  TokenList tokens_;
  std::vector<Merge> merges_;
};

}  // namespace

Tokenizer ReadTokenizerJson(const ByteSource& file) {
  const json root = ReadJsonObject(file, kLargestTokenizerFile);
  const json& model = Member(root, "model");
  if (!model.is_object()) FailTokenizer(file, "has no \"model\"");
  const Spelling spelling = SpellingOf(root);
  Reader reader(file, spelling);
  const json& vocabulary = Member(model, "vocab");
  if (vocabulary.is_object()) {
    reader.AddVocabulary(vocabulary);
  } else if (vocabulary.is_array()) {
    reader.AddScored(vocabulary);
  } else {
    FailTokenizer(file, "its model has no \"vocab\"");
  }
  reader.AddAdded(Member(root, "added_tokens"));
  const json& merges = Member(model, "merges");
  if (merges.is_array()) {
    for (const json& merge : merges) reader.AddMerge(merge);
  }
  const json& type = Member(model, "type");
  std::string kind = type.is_string()    ? Printable(type.get<std::string>(), 32)
                     : merges.is_array() ? "BPE"
                                         : "unnamed";
  if (spelling == Spelling::kByteLevel) kind = "byte-level " + kind;
  return reader.Take(std::move(kind));
}

Tokenizer ReadVocabJson(const ByteSource& vocab, const ByteSource* merges) {
  Reader reader(vocab, Spelling::kByteLevel);
  reader.AddVocabulary(ReadJsonObject(vocab, kLargestTokenizerFile));
  if (merges != nullptr) {
    std::vector<std::byte> scratch;
    std::string_view text = WholeText(*merges, scratch);
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!line.empty() && !line.starts_with("#version")) reader.AddMergeText(line);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  return reader.Take("byte-level BPE");
}

}  // namespace modelkin
