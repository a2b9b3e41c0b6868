// How much two tokenizers have in common. About tokenizers, not about weights.
#ifndef MODELKIN_TOKENIZER_TOKENIZER_COMPARISON_H_
#define MODELKIN_TOKENIZER_TOKENIZER_COMPARISON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/named_fields.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {

// Two lists of distinct strings.
struct Overlap {
  std::uint64_t a = 0, b = 0, shared = 0;
  std::optional<double> jaccard() const;           // shared / union, if there is any
  std::optional<double> share_of_smaller() const;  // shared / the smaller, unless that is empty
};

template <>
inline constexpr std::tuple kNamedFields<Overlap> = {
    NamedField("a", &Overlap::a), NamedField("b", &Overlap::b),
    NamedField("shared", &Overlap::shared), NamedField("jaccard", &Overlap::jaccard),
    NamedField("share_of_smaller", &Overlap::share_of_smaller)};

// Tokens whose id in B is their id in A plus `offset`.
struct OffsetCount {
  std::int64_t offset = 0;
  std::uint64_t tokens = 0;
};

// Tokens of consecutive ids in A that have consecutive ids in B, in the same order.
struct OffsetRun {
  std::uint64_t first_id_a = 0, first_id_b = 0, length = 0;
};

// Correlations are nullopt where ids are fewer than two, or all the same.
struct TokenizerComparison {
  Overlap tokens;
  std::uint64_t same_id = 0;         // of the shared tokens
  std::vector<OffsetCount> offsets;  // the ten most frequent, most frequent first
  OffsetRun longest_run;
  std::optional<double> order_correlation;  // Spearman's, of the ids of shared tokens
  Overlap merges;
  std::optional<double> merge_rank_correlation;  // Spearman's, of the ranks of shared merges
  std::vector<std::string> special_shared, special_only_a, special_only_b;
};

// Of several tokens with the same bytes the first counts.
TokenizerComparison CompareTokenizers(const Tokenizer& a, const Tokenizer& b);

}  // namespace modelkin

#endif  // MODELKIN_TOKENIZER_TOKENIZER_COMPARISON_H_
