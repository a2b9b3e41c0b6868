// Keeps what a report has to say about a pass.
#ifndef MODELKIN_INFERENCE_PASS_RECORDER_H_
#define MODELKIN_INFERENCE_PASS_RECORDER_H_

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "inference/layer_pass.h"

namespace modelkin {

class PassRecorder : public PassObserver {
 public:
  // `take_hidden` is handed each state of the residual stream as it is reached: none is kept.
  using HiddenSink = std::function<void(std::size_t index, const Activations& hidden)>;
  explicit PassRecorder(HiddenSink take_hidden) : take_hidden_(std::move(take_hidden)) {}

  void Hidden(std::size_t index, const Activations& hidden) override;
  void Routed(std::size_t layer, const RouterChoice& choice) override { routing_[layer] = choice; }

  // Root mean square of all values of the residual stream, where it enters the first layer and
  // leaves each.
  const std::vector<double>& hidden_rms() const { return hidden_rms_; }
  // By layer; none for layers without experts.
  const std::map<std::size_t, RouterChoice>& routing() const { return routing_; }

 private:
  HiddenSink take_hidden_;
  std::vector<double> hidden_rms_;
  std::map<std::size_t, RouterChoice> routing_;
};

// How many tokens chose each expert.
std::vector<std::uint64_t> ExpertLoad(const RouterChoice& choice);

// exp of the entropy of shares: the number of experts in use, were all used alike. 0 of no tokens.
double EffectiveExperts(const std::vector<std::uint64_t>& load);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_PASS_RECORDER_H_
