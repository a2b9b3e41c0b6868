// gpt-oss (OpenAI, "gpt-oss-120b & gpt-oss-20b model card", arXiv 2508.10925): attention with a
// sink for each head, a softmax over the chosen experts, experts with biases and a clamped gate.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class GptOss final : public Decoder {
 public:
  explicit GptOss(const ModelFacts& facts)
      : Decoder(facts, {.epsilon = 1e-5, .theta = 150000}),
        slope_(static_cast<float>(facts.Number("swiglu_alpha", 1.702))),
        limit_(static_cast<float>(facts.Positive("swiglu_limit", 7))) {
    const auto& config = facts.config();
    const auto given = [&](const char* key) {
      return config.Find(key) != nullptr && config.Find(key)->is_object();
    };
    if (!given("rope_parameters") && !given("rope_scaling")) {
      rotary_.scaling = RotaryScaling::kYarn;
      rotary_.factor = 32;
      rotary_.truncate = false;
      rotary_.original_positions = 4096;
      rotary_.attention_factor = 0.1 * std::log(rotary_.factor) + 1;
    }
  }

 private:
  Activations Attention(const LayerPass& pass, const Activations& x) const override {
    GroupedAttention attention = AttentionOf(pass.layer);
    attention.rules.sinks = pass.Vector(Role::kSinks, attention.rules.heads);
    return Attend(pass, x, attention);
  }

  Activations Mixture(const LayerPass& pass, const Activations& x) const override {
    const Activations logits = pass.Linear(x, Role::kRouter, facts_.Size("experts"), true);
    const RouterChoice choice =
        ChosenSoftmaxRouter(logits, facts_.Size("experts_per_token"), pass.probe_router());
    return MixExperts(pass, x, choice,
                      [&](const Activations& rows, std::uint32_t expert, unsigned threads,
                          MlpProbe* probe) { return Expert(pass, rows, expert, threads, probe); });
  }

  // down(min(gate, limit) sigmoid(slope min(gate, limit)) * (clamp(up) + 1))
  Activations Expert(const LayerPass& pass, const Activations& rows, std::uint32_t expert,
                     unsigned threads, MlpProbe* probe) const {
    const auto multiply = [&](const Activations& x, Role role, std::size_t outputs) {
      const MlpId mlp{ModuleKind::kRoutedExperts, expert};
      const Tensor& weight =
          pass.weights.Require(TensorOfMlp(pass.layer, mlp, role), {outputs, x.columns});
      Activations out = Multiply(pass.weights, x, weight, threads);
      AddRow(out, pass.weights.Vector(TensorOfMlp(pass.layer, mlp, role, true), outputs), threads);
      return out;
    };
    const std::size_t width = facts_.Size("expert_width");
    Activations gate = multiply(rows, Role::kGate, width);
    const Activations up = multiply(rows, Role::kUp, width);
    if (probe != nullptr) {
      probe->limit = limit_;
      probe->slope = slope_;
      probe->gate = probe->RowOf(gate);
      probe->up = probe->RowOf(up);
    }
    for (float& value : gate.values) {
      const float g = std::min(value, limit_);
      value = g / (1 + std::exp(-slope_ * g));
    }
    if (probe != nullptr) probe->activated = probe->RowOf(gate);
    for (std::size_t i = 0; i < gate.values.size(); ++i) {
      gate.values[i] *= std::clamp(up.values[i], -limit_, limit_) + 1;
    }
    if (probe != nullptr) probe->products = probe->RowOf(gate);
    return multiply(gate, Role::kDown, rows.columns);
  }

  float slope_, limit_;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeGptOss(const ModelFacts& facts) {
  return Make<GptOss>(facts);
}

}  // namespace modelkin::families
