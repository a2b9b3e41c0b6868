// Texts that a command is given, as token ids, and back.
#ifndef MODELKIN_APPS_TEXT_INPUT_H_
#define MODELKIN_APPS_TEXT_INPUT_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "text_encoding/text_encoder.h"

namespace modelkin {

// --text, --texts, --ids, --bytes, as typed.
struct TextInput {
  std::vector<std::string> texts;
  std::string file;
  std::vector<std::string> ids;
  bool bytes = false;
};

// --text, --texts and --bytes.
void AddTexts(CLI::App& command, TextInput& input);

// Whether there is any text, ids aside.
inline bool AnyText(const TextInput& input) { return !input.texts.empty() || !input.file.empty(); }

// These, and --ids.
void AddTextInput(CLI::App& command, TextInput& input);

// Texts in the order: --text, lines of --texts. Throws Error(kUsage) where there are none,
// Error(kBadInput) for a file that cannot be read or a line that is not UTF-8.
std::vector<std::string> ReadTexts(const TextInput& input);

struct EncodedText {
  std::optional<std::string> text;  // nothing where ids were given
  std::vector<std::uint64_t> ids;
};

// Encodes for one model, by its tokenizer.json, or byte by byte where that was asked for. Without
// either there is no text, only ids.
class TextCodec {
 public:
  TextCodec(const TextInput& input, const std::string& model);

  // Throws Error(kUsage) where there is no text and no id, or a text and no tokenizer.json;
  // Error(kBadInput) for a text that is not UTF-8.
  std::vector<EncodedText> Encode() const;
  // As the tokenizer spells each; none where nothing says.
  std::vector<std::string> TokenTexts(const std::vector<std::uint64_t>& ids) const;
  // The part of the text that each token ends (functional/token_alignment.h).
  std::vector<std::string> PartsOf(const std::vector<std::uint64_t>& ids) const;
  std::optional<std::string> Decode(const std::vector<std::uint64_t>& ids) const;

 private:
  std::vector<std::uint64_t> EncodeOne(const std::string& text) const;

  const TextInput& input_;
  std::string model_;
  std::unique_ptr<const TextEncoder> encoder_;  // null: none there, or not asked for
};

}  // namespace modelkin

#endif  // MODELKIN_APPS_TEXT_INPUT_H_
