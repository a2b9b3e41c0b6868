// What a pass writes down about one token in one layer, where an observer asks for it: the numbers
// that it computes with, as it goes along.
#ifndef MODELKIN_INFERENCE_LAYER_PROBE_H_
#define MODELKIN_INFERENCE_LAYER_PROBE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "architecture/role_names.h"
#include "inference/activation_function.h"
#include "inference/activations.h"
#include "inference/attention_rules.h"
#include "inference/rotary.h"
#include "inference/router.h"

namespace modelkin {

// Hidden units of an MLP or an expert.
struct MlpProbe {
  MlpId mlp;
  std::size_t row = 0;  // of the token, among those that the part is given
  ActivationFunction function = ActivationFunction::kSilu;
  // gpt-oss holds gates below `limit` and ups within it, and gates by x sigmoid(slope x); else 0.
  float limit = 0, slope = 0;
  std::vector<float> gate;       // that the function is applied to
  std::vector<float> activated;  // what it gives
  std::vector<float> up;         // empty where there is no gate
  std::vector<float> products;   // what goes down: activated, times up where there is a gate

  // The number of the expert, of routed ones.
  std::optional<std::uint32_t> expert() const {
    return mlp.module == ModuleKind::kRoutedExperts ? std::optional(mlp.expert) : std::nullopt;
  }

  std::vector<float> RowOf(const Activations& x) const {
    return {x.Row(row), x.Row(row) + x.columns};
  }
};

struct LayerProbe {
  explicit LayerProbe(std::size_t token) : row(token) {
    router.row = queries.row = keys.row = attention.row = token;
  }

  // The part is about to run on all tokens. The result stays where it is.
  MlpProbe* AddMlp(MlpId mlp, ActivationFunction function) {
    MlpProbe& probe = mlps.emplace_back();
    probe.mlp = mlp;
    probe.function = function;
    probe.row = row;
    return &probe;
  }

  std::size_t row;  // of the token in the batch
  RouterProbe router;
  RotationProbe queries, keys;
  AttentionProbe attention;
  std::deque<MlpProbe> mlps;  // in order; of experts those that the token chose
};

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_LAYER_PROBE_H_
