// BERT (Devlin et al., arXiv 1810.04805): an encoder; tokens see both ways, and norms come after
// the sums. It has no logits here.
#include <cmath>

#include "inference/attention.h"
#include "inference/families/families.h"
#include "inference/mlp.h"

namespace modelkin::families {
namespace {

class Bert final : public FamilyModel {
 public:
  explicit Bert(const ModelFacts& facts)
      : facts_(facts),
        epsilon_(facts.Number("layer_norm_eps", 1e-12)),
        function_(facts.Activation()),
        attention_(AttentionOf(facts)) {
    const std::string type = facts.config().Text("position_embedding_type").value_or("absolute");
    if (type != "absolute") {
      facts.Fail("position_embedding_type", "is not \"absolute\", and others are not run");
    }
  }

  Activations Embed(const Weights& weights, const Batch& batch) const override {
    Activations hidden = FamilyModel::Embed(weights, batch);
    const Tensor& table = weights.Require(TensorOfModel(Role::kPositionEmbedding),
                                          {facts_.Size("positions"), hidden.columns});
    Add(hidden, weights.Rows(table, PositionsOf(batch)), weights.threads());
    const Tensor& types = weights.Require(TensorOfModel(Role::kTokenTypeEmbedding),
                                          {facts_.Size("types"), hidden.columns});
    const std::vector<std::uint64_t> first_type(1, 0);
    AddRow(hidden, weights.Rows(types, first_type).values, weights.threads());
    return LayerNorm(weights, std::move(hidden), Role::kEmbeddingNorm, epsilon_);
  }

  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    pass.Add(hidden, Attend(pass, hidden, attention_));
    hidden = pass.LayerNorm(std::move(hidden), Role::kAttentionOutputNorm, epsilon_);
    pass.Add(hidden,
             PlainMlp(pass, hidden, {ModuleKind::kDenseMlp}, facts_.Size("width"), function_, true));
    hidden = pass.LayerNorm(std::move(hidden), Role::kMlpOutputNorm, epsilon_);
  }

  Activations FinalNorm(const Weights& /*weights*/, Activations hidden) const override {
    return hidden;
  }

  bool has_head() const override { return false; }

 private:
  static GroupedAttention AttentionOf(const ModelFacts& facts) {
    const std::size_t heads = facts.Size("heads");
    const std::size_t head_dim = facts.Size("head_dim");
    return {.rules = {.heads = heads,
                      .kv_heads = heads,
                      .key_dim = head_dim,
                      .value_dim = head_dim,
                      .scale = static_cast<float>(1 / std::sqrt(static_cast<double>(head_dim))),
                      .causal = false,
                      .window = {},
                      .sinks = {}},
            .qkv_bias = true,
            .output_bias = true,
            .head_norm_epsilon = {}};
  }

  const ModelFacts& facts_;
  double epsilon_;
  ActivationFunction function_;
  GroupedAttention attention_;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeBert(const ModelFacts& facts) {
  return std::make_unique<const Bert>(facts);
}

}  // namespace modelkin::families
