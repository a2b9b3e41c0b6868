// What two models expect next, after the same texts.
#ifndef MODELKIN_FUNCTIONAL_NEXT_TOKENS_H_
#define MODELKIN_FUNCTIONAL_NEXT_TOKENS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/named_fields.h"
#include "base/skipped.h"
#include "functional/model_record.h"
#include "functional/token_alignment.h"
#include "inference/runnable_model.h"

namespace modelkin {

// Tokens that stand for the same bytes in both vocabularies.
struct SharedToken {
  std::uint64_t a, b;
};

struct NextTokenComparison {
  Skipped skipped;  // why there is nothing else
  std::uint64_t positions = 0, shared_tokens = 0;
  // Probability that each model gives to tokens of its own alone, on average.
  double outside_a = 0, outside_b = 0;
  // Jensen-Shannon divergence (Lin, "Divergence measures based on the Shannon entropy", IEEE
  // Transactions on Information Theory 1991) in bits, 0 to 1, of the shares of shared tokens; the
  // mean over positions. And what it is where A's is taken at one position and B's at another, half
  // of the positions on: the scale that it is to be seen on.
  double divergence = 0, divergence_elsewhere = 0;
  double same_likeliest = 0;  // share of positions with the same likeliest shared token
};

template <>
inline constexpr std::tuple kNamedFields<NextTokenComparison> = {
    NamedField("positions", &NextTokenComparison::positions),
    NamedField("shared_tokens", &NextTokenComparison::shared_tokens),
    NamedField("outside_a", &NextTokenComparison::outside_a),
    NamedField("outside_b", &NextTokenComparison::outside_b),
    NamedField("divergence_bits", &NextTokenComparison::divergence),
    NamedField("divergence_bits_elsewhere", &NextTokenComparison::divergence_elsewhere),
    NamedField("same_likeliest", &NextTokenComparison::same_likeliest)};

// Of positions `pairs`. Both heads are read once for some hundred positions.
NextTokenComparison CompareNextTokens(const RunnableModel& model_a, const ModelRecord& a,
                                      const RunnableModel& model_b, const ModelRecord& b,
                                      const std::vector<RowPair>& pairs,
                                      const std::vector<SharedToken>& shared);

}  // namespace modelkin

#endif  // MODELKIN_FUNCTIONAL_NEXT_TOKENS_H_
