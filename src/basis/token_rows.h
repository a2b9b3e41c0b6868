// Rows that two models have for the tokens they share.
#ifndef MODELKIN_BASIS_TOKEN_ROWS_H_
#define MODELKIN_BASIS_TOKEN_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "fingerprint/coordinate_matching.h"
#include "fingerprint/token_pairs.h"

namespace modelkin {

// Rows of one model and their partners of the other, each of norm 1.
struct RowPairs {
  std::vector<float> a, b;
  CoordinateCounts widths{};

  std::size_t count() const { return a.size() / widths.a; }
};

// Returns why there are none; "" where there are.
std::string WhyNoTokenRows(const ModelParts& a, const ModelParts& b);

// How tokens are spread over a vocabulary.
struct TokenSpread {
  std::uint64_t seed = 1;
  std::uint64_t together = 1;  // of those that are taken, side by side in runs that `seed` draws
};

// Adds every second of the tokens, from `first` (0 or 1) on, at most `most` of them, evenly spread,
// of embedding and unembedding; rows of 0 and with values that are not finite are left out.
void AddTokenRows(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                  std::size_t first, std::uint64_t most, RowPairs& rows,
                  const TokenSpread& spread = {});

// B's rows in random order.
RowPairs WithShuffledPartners(const RowPairs& rows, std::uint64_t seed);

// Scales rows of `width` from value `first` on to a norm of 1; what is 0 stays 0.
void ScaleToNormOne(std::vector<float>& rows, std::size_t first, std::size_t width);

}  // namespace modelkin

#endif  // MODELKIN_BASIS_TOKEN_ROWS_H_
