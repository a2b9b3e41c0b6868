// How queries meet keys, and what of it can be written down.
#ifndef MODELKIN_INFERENCE_ATTENTION_RULES_H_
#define MODELKIN_INFERENCE_ATTENTION_RULES_H_

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace modelkin {

struct AttentionRules {
  std::size_t heads = 0;                   // of queries
  std::size_t kv_heads = 0;                // each is shared by heads / kv_heads queries in a row
  std::size_t key_dim = 0, value_dim = 0;  // of a head
  float scale = 1;                         // of products of queries and keys
  bool causal = true;
  // Tokens seen back, itself among them; and as many ahead where it is not causal.
  std::optional<std::size_t> window;
  // Tokens see back to the beginning of their chunk, of which there is one every so many.
  std::optional<std::size_t> chunk;
  float soft_cap = 0;        // c: scores s become c tanh(s / c); 0 for none
  std::vector<float> sinks;  // for each head a score that takes part and has no value
};

// The first position that a query of a causal model sees.
constexpr std::size_t FirstSeen(const AttentionRules& rules, std::size_t position) {
  const std::size_t window = rules.window.value_or(position + 1);
  const std::size_t first = position + 1 > window ? position + 1 - window : 0;
  return rules.chunk && *rules.chunk > 0 ? std::max(first, position - position % *rules.chunk)
                                         : first;
}

// Scores of one query against the keys that it sees, in order, before they become shares.
struct HeadProbe {
  std::vector<float> products;  // scale q k
  std::vector<float> scores;    // the same below the soft cap
  float largest = 0;            // of scores and sink
  float total = 0;              // of exp(score - largest) over scores and sink
};

// One token's attention.
struct AttentionProbe {
  std::size_t row = 0;  // all else is filled in
  AttentionRules rules;
  std::size_t first_key = 0;     // position of the first key seen
  std::vector<HeadProbe> heads;  // of queries
};

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_ATTENTION_RULES_H_
