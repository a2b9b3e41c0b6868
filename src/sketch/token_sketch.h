// What a sketch keeps of a tokenizer, and of tokens that were never trained.
#ifndef MODELKIN_SKETCH_TOKEN_SKETCH_H_
#define MODELKIN_SKETCH_TOKEN_SKETCH_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sketch/sketch.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {

// Returns the lowest 8 bits of the smallest hash of a token's bytes, by each of the hash functions
// MixedWord(h + j * kSplitMixStep), j = 0 to 127, where h is FNV-1a (64 bits; draft-eastlake-fnv).
// Nothing of a tokenizer without tokens.
std::optional<std::array<std::uint8_t, kVocabularyHashes>> HashVocabulary(
    const Tokenizer& tokenizer);

// Returns the share of both vocabularies' union that is in both, from hashes that agree: two that
// have nothing in common agree on 1 of 256. In [0, 1].
double VocabularyOverlap(const std::array<std::uint8_t, kVocabularyHashes>& a,
                         const std::array<std::uint8_t, kVocabularyHashes>& b);

// Returns the ids of tokens that stand for single bytes that UTF-8 never has (C0, C1, F5 to FF, in
// this order), which no text trains. Bytes without a token, or whose token has an id of `rows` or
// more, are left out.
std::vector<std::uint64_t> TokensOfNoText(const Tokenizer& tokenizer, std::uint64_t rows);

}  // namespace modelkin

#endif  // MODELKIN_SKETCH_TOKEN_SKETCH_H_
