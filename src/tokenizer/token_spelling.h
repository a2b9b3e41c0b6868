// How tokenizer files spell bytes in text.
#ifndef MODELKIN_TOKENIZER_TOKEN_SPELLING_H_
#define MODELKIN_TOKENIZER_TOKEN_SPELLING_H_

#include <string>
#include <string_view>

namespace modelkin {

enum class Spelling {
  kByteLevel,  // each byte a printable character: GPT-2's table ("\u0120" is a space)
  kMetaspace,  // "\u2581" is a space
};

// Text that is not spelled as told (a character outside GPT-2's table, say) comes back unchanged.
std::string UndoSpelling(Spelling spelling, std::string_view text);

// "<0x0A>": a token that stands for one byte where no other fits.
bool IsByteToken(std::string_view text);

}  // namespace modelkin

#endif  // MODELKIN_TOKENIZER_TOKEN_SPELLING_H_
