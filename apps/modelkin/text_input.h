// Texts that a command is given, as token ids, and back.
#ifndef MODELKIN_APPS_TEXT_INPUT_H_
#define MODELKIN_APPS_TEXT_INPUT_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace modelkin {

// --text, --texts, --ids, --bytes, as typed.
struct TextInput {
  std::vector<std::string> texts;
  std::string file;
  std::vector<std::string> ids;
  bool bytes = false;
};

void AddTextInput(CLI::App& command, TextInput& input);

// Texts in the order: --text, lines of --texts. Throws Error(kUsage) where there are none,
// Error(kBadInput) for a file that cannot be read or a line that is not UTF-8.
std::vector<std::string> ReadTexts(const TextInput& input);

struct EncodedText {
  std::optional<std::string> text;  // nothing where ids were given
  std::vector<std::uint64_t> ids;
};

// Encodes for one model.
class TextCodec {
 public:
  TextCodec(const TextInput& input, const std::string& model, std::uint64_t vocabulary);

  // Throws Error(kUsage) where there is no text and no id.
  std::vector<EncodedText> Encode() const;
  // What each id stands for; none where nothing says.
  std::vector<std::string> TokenTexts(const std::vector<std::uint64_t>& ids) const;
  std::optional<std::string> Decode(const std::vector<std::uint64_t>& ids) const;

 private:
  const TextInput& input_;
};

}  // namespace modelkin

#endif  // MODELKIN_APPS_TEXT_INPUT_H_
