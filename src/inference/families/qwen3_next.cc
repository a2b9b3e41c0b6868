// Qwen3-Next and Qwen3.5: most layers mix tokens by a gated delta rule, every fourth attends, with
// a gate for what its heads give. Norms' weights are added to 1, but for the one of linear
// attention's output.
#include <cmath>

#include "inference/delta_rule.h"
#include "inference/families/decoder.h"
#include "inference/families/families.h"
#include "inference/norms.h"
#include "inference/router.h"

namespace modelkin::families {
namespace {

// Beyond which the matrices of a layer's heads are no model's.
constexpr std::size_t kMostStateValues = std::size_t{1} << 31;

float Sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

class Qwen3Next final : public Decoder {
 public:
  explicit Qwen3Next(const ModelFacts& facts)
      : Decoder(facts, {.norm = NormKind::kRmsOfOnePlus}),
        kernel_(facts.Size("kernel")),
        rules_{.key_heads = facts.Size("linear_key_heads"),
               .value_heads = facts.Size("linear_value_heads"),
               .key_dim = facts.Size("linear_key_dim"),
               .value_dim = facts.Size("linear_value_dim")},
        keys_(facts.Size("linear_keys")),
        values_(facts.Size("linear_values")) {
    if (kernel_ == 0) facts.Fail("linear_conv_kernel_dim", "is 0");
    if (keys_ == 0 || values_ == 0 || rules_.value_heads % rules_.key_heads != 0) {
      facts.Fail("linear_num_value_heads", "makes no heads that go with key heads");
    }
    if (values_ > kMostStateValues / rules_.key_dim) {
      facts.Fail("linear_key_head_dim", "is larger than any model's");
    }
  }

 private:
  // Of a layer that attends, or of one that mixes tokens otherwise.
  Activations Attention(const LayerPass& pass, const Activations& x) const override {
    const LayerParts parts = facts_.spec().parts[pass.layer];
    return parts.Has(LayerPart::kLinearAttention) ? Delta(pass, x) : GatedAttention(pass, x);
  }

  static void NormHeads(const LayerPass& pass, Role role, std::size_t head_dim, double epsilon,
                        Activations& x) {
    std::vector<float> weight = pass.Vector(role, head_dim);
    AddOne(weight);
    RmsNormalise(x, weight, epsilon, pass.weights.threads());
  }

  Activations GatedAttention(const LayerPass& pass, const Activations& x) const {
    const GroupedAttention attention = AttentionOf(pass.layer);
    const AttentionRules& rules = attention.rules;
    const unsigned threads = pass.weights.threads();
    const bool bias = attention.qkv_bias;
    Activations q = pass.Linear(x, Role::kQuery, rules.heads * rules.key_dim, bias);
    Activations k = pass.Linear(x, Role::kKey, rules.kv_heads * rules.key_dim, bias);
    const Activations v = pass.Linear(x, Role::kValue, rules.kv_heads * rules.value_dim, bias);
    NormHeads(pass, Role::kQueryNorm, rules.key_dim, epsilon_, q);
    NormHeads(pass, Role::kKeyNorm, rules.key_dim, epsilon_, k);
    if (pass.rotary.dims > 0) {
      Rotate(q, rules.key_dim, 0, pass.rotary, RotaryPairs::kHalves, threads, pass.probe_queries());
      Rotate(k, rules.key_dim, 0, pass.rotary, RotaryPairs::kHalves, threads, pass.probe_keys());
    }
    Activations mixed =
        Attend(rules, q, k, v, pass.batch, pass.cache, threads, pass.probe_attention());
    const Activations gate = Apply(pass, x, "self_attn.output_gate", mixed.columns, bias);
    for (std::size_t i = 0; i < mixed.values.size(); ++i)
      mixed.values[i] *= Sigmoid(gate.values[i]);
    return pass.Linear(mixed, Role::kAttentionOutput, x.columns, attention.output_bias);
  }

  // A module of the layer that has no role of its own.
  static Activations Apply(const LayerPass& pass, const Activations& x, std::string_view module,
                           std::size_t outputs, bool bias = false) {
    const std::string name = LayerPrefix(pass.layer) + std::string(module);
    return bias ? LinearWithBias(pass.weights, x, name, outputs)
                : modelkin::Linear(pass.weights, x, name, outputs);
  }

  Activations Delta(const LayerPass& pass, const Activations& x) const {
    const std::string module = LayerPrefix(pass.layer) + "linear_attn.";
    const unsigned threads = pass.weights.threads();
    const Activations mixed = CausalConvolution(
        QueriesKeysValues(pass, x),
        pass.weights.Values(module + "conv1d.weight", {2 * keys_ + values_, 1, kernel_}), kernel_,
        function_, pass.batch, pass.cache, threads);
    Activations correction = Apply(pass, x, "linear_attn.in_proj_b", rules_.value_heads);
    for (float& value : correction.values) value = Sigmoid(value);
    Activations out =
        DeltaRule(rules_, mixed, LogDecay(pass, x), correction, pass.batch, pass.cache, threads);
    RmsNormalise(out, pass.weights.Vector(module + "norm.weight", rules_.value_dim), epsilon_,
                 threads);
    Activations gate = Apply(pass, x, "linear_attn.in_proj_z", values_);
    modelkin::Apply(ActivationFunction::kSilu, gate.values);
    for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] *= gate.values[i];
    return Apply(pass, out, "linear_attn.out_proj", x.columns);
  }

  // Side by side, as they go through the convolution.
  Activations QueriesKeysValues(const LayerPass& pass, const Activations& x) const {
    Activations all(x.rows, 2 * keys_ + values_);
    std::size_t at = 0;
    for (const auto& [part, count] : {std::pair{"linear_attn.q_proj", keys_},
                                      {"linear_attn.k_proj", keys_},
                                      {"linear_attn.v_proj", values_}}) {
      const Activations of_part = Apply(pass, x, part, count);
      for (std::size_t row = 0; row < x.rows; ++row) {
        std::copy_n(of_part.Row(row), count, all.Row(row) + at);
      }
      at += count;
    }
    return all;
  }

  // -exp(A_log) softplus(a + dt_bias), of each value head.
  Activations LogDecay(const LayerPass& pass, const Activations& x) const {
    const std::string module = LayerPrefix(pass.layer) + "linear_attn.";
    const std::size_t heads = rules_.value_heads;
    const std::vector<float> rates = pass.weights.Vector(module + "A_log", heads);
    const std::vector<float> shifts = pass.weights.Vector(module + "dt_bias", heads);
    Activations decay = Apply(pass, x, "linear_attn.in_proj_a", heads);
    for (std::size_t row = 0; row < decay.rows; ++row) {
      for (std::size_t head = 0; head < heads; ++head) {
        float& value = decay.Row(row)[head];
        const float step = value + shifts[head];
        const float soft = step > 20 ? step : std::log1p(std::exp(step));
        value = -std::exp(rates[head]) * soft;
      }
    }
    return decay;
  }

  // Experts, and one that all tokens pass with a gate of its own.
  Activations Mixture(const LayerPass& pass, const Activations& x) const override {
    const bool normalise =
        facts_.spec().family->router_normalises || facts_.Flag("norm_topk_prob", true);
    const RouterChoice choice = SoftmaxRouter(
        RouterLogits(pass, x), facts_.Size("experts_per_token"), normalise, pass.probe_router());
    Activations out =
        MixExperts(pass, x, choice, GatedExpert(pass, facts_.Size("expert_width"), function_));
    Activations shared =
        GatedMlp(pass, x, {ModuleKind::kSharedExperts}, facts_.Size("shared_width"), function_);
    const Activations gate = Apply(pass, x, "mlp.shared_expert_gate", 1);
    for (std::size_t row = 0; row < shared.rows; ++row) {
      const float share = Sigmoid(gate.Row(row)[0]);
      for (std::size_t i = 0; i < shared.columns; ++i) shared.Row(row)[i] *= share;
    }
    pass.Add(out, shared);
    return out;
  }

  std::size_t kernel_;
  DeltaRules rules_;
  std::size_t keys_, values_;  // of all heads
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeQwen3Next(const ModelFacts& facts) {
  return Make<Qwen3Next>(facts);
}

}  // namespace modelkin::families
