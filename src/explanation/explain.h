// Explains a part of a model.
#ifndef MODELKIN_EXPLANATION_EXPLAIN_H_
#define MODELKIN_EXPLANATION_EXPLAIN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/progress.h"
#include "explanation/explanation.h"
#include "inference/runnable_model.h"

namespace modelkin {

struct ExplainRequest {
  Topic topic = Topic::kRouter;
  std::vector<std::uint64_t> ids;    // none: 1, 2, 3 as far as the vocabulary goes
  std::optional<std::size_t> layer;  // default: the first that has the part
  std::optional<std::size_t> token;  // default: the last
  std::size_t head = 0;              // of queries
  bool beyond_context = false;       // as RequireFits has it
};

// Runs the ids through the layers up to that one, and no further. Any topic but kEncoder, which is
// of headers alone (encoder_topic.h). Throws Error(kUsage) where the
// layer does not have the part, or the text not the token; and whatever a pass throws.
Explanation Explain(const RunnableModel& model, const ExplainRequest& request, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_EXPLANATION_EXPLAIN_H_
