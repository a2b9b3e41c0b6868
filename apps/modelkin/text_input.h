// Texts that a command is given.
#ifndef MODELKIN_APPS_TEXT_INPUT_H_
#define MODELKIN_APPS_TEXT_INPUT_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "requests/texts.h"

namespace modelkin {

// --text, --texts, --ids, --bytes, as typed.
struct TextFlags {
  std::vector<std::string> texts;
  std::string file;
  std::vector<std::string> ids;
  bool bytes = false;
};

// --text, --texts and --bytes.
void AddTexts(CLI::App& command, TextFlags& flags);

// Whether there is any text, ids aside.
inline bool AnyText(const TextFlags& flags) { return !flags.texts.empty() || !flags.file.empty(); }

// These, and --ids.
void AddTextInput(CLI::App& command, TextFlags& flags);

// Texts in the order: --text, lines of --texts; and ids. Throws Error(kUsage) for ids that are
// none, Error(kBadInput) for a file that can't be read.
Texts ReadTexts(const TextFlags& flags);

}  // namespace modelkin

#endif  // MODELKIN_APPS_TEXT_INPUT_H_
