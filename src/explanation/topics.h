// The topics, each in the file of its name. All are given a model that has the part, a layer that
// has it, and what the pass wrote down there.
#ifndef MODELKIN_EXPLANATION_TOPICS_H_
#define MODELKIN_EXPLANATION_TOPICS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "explanation/explanation.h"
#include "inference/layer_probe.h"
#include "inference/runnable_model.h"

namespace modelkin {

// What one token met in one layer.
struct ProbedToken {
  std::size_t layer = 0, position = 0, head = 0;
  std::vector<std::uint64_t> ids;
  LayerProbe probe{0};
  // Of a layer with experts: those chosen, and their weights, the largest first.
  std::vector<std::uint32_t> experts;
  std::vector<float> weights;
};

void ExplainRouter(const RunnableModel& model, const ProbedToken& token, Explanation& to);
void ExplainRope(const RunnableModel& model, const ProbedToken& token, Explanation& to);
void ExplainGqa(const RunnableModel& model, const ProbedToken& token, Explanation& to);
void ExplainSwiglu(const RunnableModel& model, const ProbedToken& token, Explanation& to);

// Of models without: what they have instead.
void ExplainNoRouter(const RunnableModel& model, Explanation& to);
void ExplainNoRope(const RunnableModel& model, Explanation& to);

}  // namespace modelkin

#endif  // MODELKIN_EXPLANATION_TOPICS_H_
