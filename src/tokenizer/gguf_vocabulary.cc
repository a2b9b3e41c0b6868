// The vocabulary of a GGUF file.
#include <fmt/format.h>

#include "base/escaped_text.h"
#include "tokenizer/gguf_pairs.h"
#include "tokenizer/token_list.h"
#include "tokenizer/token_spelling.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {

Tokenizer ReadGgufVocabulary(const ByteSource& file) {
  std::vector<std::byte> scratch;
  const GgufPairs vocabulary = ReadGgufPairs(file, scratch);
  const bool byte_level = vocabulary.model == "gpt2";
  const Spelling spelling = byte_level ? Spelling::kByteLevel : Spelling::kMetaspace;
  const auto bytes_of = [&](std::string_view text) { return UndoSpelling(spelling, text); };
  Tokenizer tokenizer{.file = file.label(),
                      .version = file.Version(),
                      .kind = byte_level
                                  ? "byte-level BPE (GGUF)"
                                  : fmt::format("{} (GGUF)", Printable(vocabulary.model, 32)),
                      .tokens = {},
                      .merges = {}};
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    const std::string_view text = vocabulary.tokens[i];
    const bool special = vocabulary.IsOfType(i, GgufTokenType::kUnknown) ||
                         vocabulary.IsOfType(i, GgufTokenType::kControl);
    const bool as_named = special || IsByteToken(text);
    tokenizer.tokens.push_back(
        {.bytes = as_named ? std::string(text) : bytes_of(text), .id = i, .special = special});
  }
  for (const std::string_view merge : vocabulary.merges) {
    const std::size_t space = merge.find(' ');
    if (space == std::string_view::npos) {
      FailTokenizer(file, fmt::format("merge {} is no pair of texts", tokenizer.merges.size()));
    }
    tokenizer.merges.push_back(
        {bytes_of(merge.substr(0, space)), bytes_of(merge.substr(space + 1))});
  }
  return tokenizer;
}

}  // namespace modelkin
