// Greedy generation.
#ifndef MODELKIN_INFERENCE_GENERATION_H_
#define MODELKIN_INFERENCE_GENERATION_H_

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "base/progress.h"
#include "inference/runnable_model.h"

namespace modelkin {

// The model's "eos_token_id": one or several; none where config.json has none.
std::set<std::uint64_t> EndIds(const ModelConfig& config);

// Continues each text by the token of the largest logit (of equals the first), up to `count` times
// or until one of `ends`, which then is the last. `told` hears of each new token, as (text, id).
// Gives the new tokens of each text. Throws what RequireFits and RunLayers throw; a text that has
// come to the end of the model's context ends there.
std::vector<std::vector<std::uint64_t>> Generate(
    const RunnableModel& model, const std::vector<std::vector<std::uint64_t>>& texts,
    std::size_t count, const std::set<std::uint64_t>& ends, bool beyond_context, Progress& progress,
    const std::function<void(std::size_t, std::uint64_t)>& told);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_GENERATION_H_
