// Which row of A's embedding each row of B's belongs to.
#ifndef MODELKIN_KINSHIP_TOKEN_ORDER_H_
#define MODELKIN_KINSHIP_TOKEN_ORDER_H_

#include <cstdint>
#include <vector>

#include "fingerprint/token_pairs.h"

namespace modelkin {

struct TokenOrder {
  // For each row of B's embedding, or kNothing; empty where each belongs to that of its own number.
  std::vector<std::uint32_t> rows;
  bool reordered = false;
  std::uint64_t added = 0, missing = 0;  // rows of B beyond those of A, and of A beyond those of B

  // For a tensor of rows_b tokens, with rows_a in A; empty where there is nothing to arrange.
  std::vector<std::uint32_t> RowsFor(std::uint64_t rows_b, std::uint64_t rows_a) const;
};

// By strings where there are any; else, up to 8,192 tokens, by the cosines of rows, where these
// are far larger for other rows than for those of the same number. `a` in B's residual basis.
TokenOrder MatchTokens(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                       unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_TOKEN_ORDER_H_
