// A tokenizer's vocabulary and merges, whatever file they come from.
#ifndef MODELKIN_TOKENIZER_TOKENIZER_H_
#define MODELKIN_TOKENIZER_TOKENIZER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/byte_source.h"
#include "source/places.h"

namespace modelkin {

struct Token {
  // The bytes that it stands for: spellings such as U+0120 or U+2581 for a space are undone, so
  // that one token of two tokenizers is one string. Of special tokens and of those that stand for a
  // single byte where nothing else fits ("<0x0A>"), the name itself.
  std::string bytes;
  std::uint64_t id = 0;
  bool special = false;
};

struct Merge {
  std::string left, right;  // bytes, as above
};

struct Tokenizer {
  std::string file;
  std::string version = {};  // of the file, as ByteSource::Version
  std::string kind;  // "byte-level BPE", "BPE", "Unigram", "WordPiece", "SentencePiece", ...
  std::vector<Token> tokens;  // in order of id
  std::vector<Merge> merges;  // in order of rank; none where the file has no list of them
};

// From what the user named: a directory, in which tokenizer.json comes before tokenizer.model,
// tiktoken files and vocab.json with merges.txt; or one such file; or a GGUF file. Throws
// Error(kBadInput) where there is none, or it breaks its format's rules.
Tokenizer OpenTokenizer(const std::string& path, const Places& places = ThisMachine());

// The single formats. `file` of at most 512 MiB, but for GGUF, whose vocabulary has to end by
// there.
Tokenizer ReadTokenizerJson(const ByteSource& file);
Tokenizer ReadSentencePiece(const ByteSource& file);
Tokenizer ReadTiktoken(const ByteSource& file);
Tokenizer ReadGgufVocabulary(const ByteSource& file);
Tokenizer ReadVocabJson(const ByteSource& vocab, const ByteSource* merges);

}  // namespace modelkin

#endif  // MODELKIN_TOKENIZER_TOKENIZER_H_
