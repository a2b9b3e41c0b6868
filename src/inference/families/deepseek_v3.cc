// DeepSeek-V3 (arXiv 2412.19437): keys and values come from a low-rank latent vector (section
// 2.1.1), whose rotating part is one for all heads; experts as of section 2.1.2.
#include <algorithm>
#include <cmath>

#include "inference/families/decoder.h"
#include "inference/families/families.h"
#include "inference/norms.h"

namespace modelkin::families {
namespace {

// Of the norms of latent vectors, whatever "rms_norm_eps" says.
constexpr double kLatentEpsilon = 1e-6;

class DeepSeekV3 final : public Decoder {
 public:
  explicit DeepSeekV3(const ModelFacts& facts)
      : Decoder(facts, {}),
        heads_(facts.Size("heads")),
        plain_(facts.Size("plain_dim")),
        rotating_(facts.Size("rotary_dim")),
        value_(facts.Size("value_dim")),
        latent_(facts.Size("latent")),
        bias_(facts.Has("latent_bias")),
        pairs_(facts.Flag("rope_interleave", true) ? RotaryPairs::kNeighbours
                                                   : RotaryPairs::kHalves) {}

 private:
  Activations Mixture(const LayerPass& pass, const Activations& x) const override {
    return SigmoidMixture(pass, x, static_cast<float>(facts_.Number("routed_scaling_factor", 2.5)));
  }

  Activations Attention(const LayerPass& pass, const Activations& x) const override {
    Activations queries = Queries(pass, x);
    const Activations compressed = pass.Linear(x, Role::kKeyValueDown, latent_ + rotating_, bias_);
    Activations latent = Columns(compressed, 0, latent_);
    Activations shared_key = Columns(compressed, latent_, rotating_);
    latent = pass.RmsNorm(std::move(latent), Role::kKeyValueDownNorm, kLatentEpsilon);
    Rotate(queries, plain_ + rotating_, plain_, pass.rotary, pairs_, pass.weights.threads(),
           pass.probe_queries());
    Rotate(shared_key, rotating_, 0, pass.rotary, pairs_, pass.weights.threads(),
           pass.probe_keys());
    const Activations expanded =
        pass.Linear(latent, Role::kKeyValueUp, heads_ * (plain_ + value_), false);

    // Of each head: its own key and value, and the key that all share.
    Activations keys(x.rows, heads_ * (plain_ + rotating_));
    Activations values(x.rows, heads_ * value_);
    for (std::size_t row = 0; row < x.rows; ++row) {
      for (std::size_t head = 0; head < heads_; ++head) {
        const float* const from = expanded.Row(row) + head * (plain_ + value_);
        float* const key = keys.Row(row) + head * (plain_ + rotating_);
        std::copy_n(from, plain_, key);
        std::copy_n(shared_key.Row(row), rotating_, key + plain_);
        std::copy_n(from + plain_, value_, values.Row(row) + head * value_);
      }
    }
    const AttentionRules rules{.heads = heads_,
                               .kv_heads = heads_,
                               .key_dim = plain_ + rotating_,
                               .value_dim = value_,
                               .scale = Scale(),
                               .sinks = {}};
    const Activations mixed = Attend(rules, queries, keys, values, pass.batch, pass.cache,
                                     pass.weights.threads(), pass.probe_attention());
    return pass.Linear(mixed, Role::kAttentionOutput, x.columns, bias_);
  }

  Activations Queries(const LayerPass& pass, const Activations& x) const {
    const std::size_t size = heads_ * (plain_ + rotating_);
    if (!facts_.Has("query_low_rank")) return pass.Linear(x, Role::kQuery, size, false);
    Activations latent = pass.Linear(x, Role::kQueryDown, facts_.Size("query_rank"), bias_);
    latent = pass.RmsNorm(std::move(latent), Role::kQueryDownNorm, kLatentEpsilon);
    return pass.Linear(latent, Role::kQueryUp, size, false);
  }

  // Longer texts, by "mscale_all_dim", sharpen attention.
  float Scale() const {
    const double scale = 1 / std::sqrt(static_cast<double>(plain_ + rotating_));
    if (rotary_.scaling == RotaryScaling::kNone || rotary_.scale_all == 0) {
      return static_cast<float>(scale);
    }
    const double sharper =
        rotary_.factor <= 1 ? 1 : 0.1 * rotary_.scale_all * std::log(rotary_.factor) + 1;
    return static_cast<float>(scale * sharper * sharper);
  }

  static Activations Columns(const Activations& x, std::size_t first, std::size_t count) {
    Activations out(x.rows, count);
    for (std::size_t row = 0; row < x.rows; ++row) {
      std::copy_n(x.Row(row) + first, count, out.Row(row));
    }
    return out;
  }

  std::size_t heads_, plain_, rotating_, value_, latent_;
  bool bias_;
  RotaryPairs pairs_;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeDeepSeekV3(const ModelFacts& facts) {
  return Make<DeepSeekV3>(facts);
}

}  // namespace modelkin::families
