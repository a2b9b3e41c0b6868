#include "inference/pass_recorder.h"

#include <cmath>
#include <numeric>

namespace modelkin {

void PassRecorder::Hidden(std::size_t index, const Activations& hidden) {
  double squares = 0;
  for (const float value : hidden.values) squares += static_cast<double>(value) * value;
  hidden_rms_.push_back(
      hidden.values.empty() ? 0 : std::sqrt(squares / static_cast<double>(hidden.values.size())));
  if (take_hidden_) take_hidden_(index, hidden);
}

std::vector<std::uint64_t> ExpertLoad(const RouterChoice& choice) {
  std::vector<std::uint64_t> load(choice.experts_in_all, 0);
  for (const std::uint32_t expert : choice.experts) ++load[expert];
  return load;
}

double EffectiveExperts(const std::vector<std::uint64_t>& load) {
  const auto total =
      static_cast<double>(std::accumulate(load.begin(), load.end(), std::uint64_t{0}));
  if (total == 0) return 0;
  double entropy = 0;
  for (const std::uint64_t count : load) {
    const double share = static_cast<double>(count) / total;
    if (count > 0) entropy -= share * std::log(share);
  }
  return std::exp(entropy);
}

}  // namespace modelkin
