// What logits say: the likeliest next tokens and their probabilities.
#ifndef MODELKIN_INFERENCE_TOKEN_SCORES_H_
#define MODELKIN_INFERENCE_TOKEN_SCORES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "inference/activations.h"
#include "inference/runnable_model.h"

namespace modelkin {

struct ScoredToken {
  std::uint64_t id = 0;
  double logit = 0;
  double probability = 0;  // softmax over the whole vocabulary
};

// The `count` likeliest tokens after each row that the last norm gave, the likeliest first (of
// equals the smallest id). Memory does not grow with rows times vocabulary.
std::vector<std::vector<ScoredToken>> LikeliestTokens(const RunnableModel& model,
                                                      const Activations& rows, std::size_t count);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_TOKEN_SCORES_H_
