// Tokens of two models that end at the same place of the same text.
#ifndef MODELKIN_FUNCTIONAL_TOKEN_ALIGNMENT_H_
#define MODELKIN_FUNCTIONAL_TOKEN_ALIGNMENT_H_

#include <cstddef>
#include <string>
#include <vector>

namespace modelkin {

// Rows of two batches of the same texts.
struct RowPair {
  std::size_t a, b;

  bool operator==(const RowPair&) const = default;
};

// For each text the part of it that each token ends: "O", "On", "Once". Where two tokens end the
// same part (the second adds nothing that is seen), the last one counts.
using TextParts = std::vector<std::vector<std::string>>;

// In order of rows. Requires as many texts in both.
std::vector<RowPair> AlignTokens(const TextParts& a, const TextParts& b);

// At most `count` of them, spread evenly.
std::vector<RowPair> SpreadOver(const std::vector<RowPair>& pairs, std::size_t count);

}  // namespace modelkin

#endif  // MODELKIN_FUNCTIONAL_TOKEN_ALIGNMENT_H_
