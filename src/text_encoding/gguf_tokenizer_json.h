// The tokenizer of a GGUF file, as a tokenizer.json.
#ifndef MODELKIN_TEXT_ENCODING_GGUF_TOKENIZER_JSON_H_
#define MODELKIN_TEXT_ENCODING_GGUF_TOKENIZER_JSON_H_

#include <memory>

#include "source/byte_source.h"

namespace modelkin {

// Whether the file begins as GGUF files do.
bool IsGguf(const ByteSource& file);

// Returns the text of a tokenizer.json that gives the ids of the model's own: of the kinds "gpt2"
// with a way of splitting that is known, "llama" (SentencePiece) and "bert" (WordPiece). Has the
// label of the GGUF file. Throws Error(kBadInput) where it holds no tokens or a kind that is not
// known, and as ReadGgufPairs.
std::shared_ptr<const ByteSource> GgufTokenizerJson(const ByteSource& gguf);

}  // namespace modelkin

#endif  // MODELKIN_TEXT_ENCODING_GGUF_TOKENIZER_JSON_H_
