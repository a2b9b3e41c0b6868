// Tokens that two models share.
#ifndef MODELKIN_FINGERPRINT_TOKEN_PAIRS_H_
#define MODELKIN_FINGERPRINT_TOKEN_PAIRS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "lineage/model_parts.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {

// Rows of both models' embeddings.
struct TokenPair {
  std::uint64_t a = 0, b = 0;
};

struct TokenPairs {
  std::vector<TokenPair> pairs;  // ascending in b
  // Whether they are strings that both tokenizers have; else rows of the same number.
  bool by_string = false;
};

// Rows that an embedding lacks are left out. Rows of the same number without both tokenizers, and
// where embeddings of as many rows have less than a quarter of their tokens' strings in common:
// strings can be renamed while ids stay.
TokenPairs SharedTokens(const ModelParts& a, const Tokenizer* tokenizer_a, const ModelParts& b,
                        const Tokenizer* tokenizer_b);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_TOKEN_PAIRS_H_
