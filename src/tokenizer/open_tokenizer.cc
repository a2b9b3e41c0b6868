// From what the user named to the tokenizer's file.
#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "source/places.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Fail(const std::string& path, std::string_view message) {
  throw Error(ErrorKind::kBadInput, message, {.file = path, .tensor = {}, .offset_bytes = {}});
}

Tokenizer OpenVocabJson(const fs::path& path, const Places& places) {
  const auto vocab = places.Open(path.string());
  const fs::path merges = path.parent_path() / "merges.txt";
  if (!places.MayExist(merges.string())) return ReadVocabJson(*vocab, nullptr);
  return ReadVocabJson(*vocab, places.Open(merges.string()).get());
}

bool StartsWithGguf(const ByteSource& file) {
  if (file.size_bytes() < 4) return false;
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(0, 4, scratch);
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), 4) == "GGUF";
}

// SentencePiece and tiktoken files share the ending ".model"; the former begin with a field of
// bytes.
bool StartsWithPiece(const ByteSource& file) {
  if (file.size_bytes() == 0) return false;
  std::vector<std::byte> scratch;
  return std::to_integer<int>(file.Read(0, 1, scratch)[0]) == 0x0A;
}

Tokenizer OpenSingle(const fs::path& path, const Places& places) {
  const std::string name = path.filename().string();
  if (name.ends_with("vocab.json")) return OpenVocabJson(path, places);
  const auto file = places.Open(path.string());
  if (name.ends_with(".json")) return ReadTokenizerJson(*file);
  if (StartsWithGguf(*file)) return ReadGgufVocabulary(*file);
  const bool model = name.ends_with(".model");
  if (model && StartsWithPiece(*file)) return ReadSentencePiece(*file);
  if (model || name.ends_with(".tiktoken")) return ReadTiktoken(*file);
  Fail(path.string(), "is no .json, .model, .tiktoken or GGUF file of a tokenizer");
}

Tokenizer OpenDirectory(const std::string& path, const Places& places) {
  for (const char* name : {"tokenizer.json", "tokenizer.model", "vocab.json"}) {
    const fs::path file = fs::path(path) / name;
    if (places.MayExist(file.string())) return OpenSingle(file, places);
  }
  std::vector<std::string> others;
  for (const std::string& name : places.FilesIn(path)) {
    if (name.ends_with(".tiktoken") || name.ends_with(".gguf")) others.push_back(name);
  }
  std::ranges::sort(others);
  if (others.empty()) {
    Fail(path, "holds no tokenizer.json, tokenizer.model, vocab.json, .tiktoken or .gguf file");
  }
  return OpenSingle(fs::path(path) / others.front(), places);
}

}  // namespace

Tokenizer OpenTokenizer(const std::string& path, const Places& places) {
  return places.IsFolder(path) ? OpenDirectory(path, places) : OpenSingle(path, places);
}

}  // namespace modelkin
