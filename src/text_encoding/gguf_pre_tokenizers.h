// How byte-level tokenizers split a text into words, by llama.cpp's names for it.
#ifndef MODELKIN_TEXT_ENCODING_GGUF_PRE_TOKENIZERS_H_
#define MODELKIN_TEXT_ENCODING_GGUF_PRE_TOKENIZERS_H_

#include <span>
#include <string_view>

namespace modelkin {

struct GgufPreTokenizer {
  std::string_view name;  // "tokenizer.ggml.pre": "llama-bpe"
  // Regular expressions; each splits what those before it left.
  std::span<const std::string_view> splits;
  bool splits_words = false;   // by GPT-2's own expression, after these
  bool ignore_merges = false;  // a word that is a token is one
  bool adds_bos = false;       // where the file does not say
  bool composes = false;       // Unicode's composed form (NFC) first
};

// Returns null where it is not known.
const GgufPreTokenizer* FindGgufPreTokenizer(std::string_view name);

}  // namespace modelkin

#endif  // MODELKIN_TEXT_ENCODING_GGUF_PRE_TOKENIZERS_H_
