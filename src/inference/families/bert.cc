// BERT (Devlin et al., arXiv 1810.04805): an encoder; tokens see both ways, and norms come after
// the sums. It has no logits here.
#include <fmt/format.h>

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
        function_(facts.Function("hidden_act", "gelu")) {
    const std::string type = facts.config().Text("position_embedding_type").value_or("absolute");
    if (type != "absolute") {
      facts.Fail("position_embedding_type", "is not \"absolute\", and others are not run");
    }
  }

  Activations Embed(const Weights& weights, const Batch& batch) const override {
    Activations hidden = FamilyModel::Embed(weights, batch);
    const Tensor& table = weights.Require("embeddings.position_embeddings.weight",
                                          {facts_.Size("positions"), hidden.columns});
    Add(hidden, weights.Rows(table, PositionsOf(batch)), weights.threads());
    const Tensor& types = weights.Require("embeddings.token_type_embeddings.weight",
                                          {facts_.Size("types"), hidden.columns});
    const std::vector<std::uint64_t> first_type(1, 0);
    AddRow(hidden, weights.Rows(types, first_type).values, weights.threads());
    return LayerNorm(weights, std::move(hidden), "embeddings.LayerNorm", epsilon_);
  }

  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    pass.Add(hidden, SelfAttention(pass, hidden));
    hidden = pass.LayerNorm(std::move(hidden), "attention.output.LayerNorm", epsilon_);
    Activations units = pass.Linear(hidden, "intermediate.dense", facts_.Size("width"), true);
    if (pass.observer.wants_mlp_units()) pass.observer.MlpUnits(pass.layer, units, {});
    MlpProbe* const probe =
        pass.probe() == nullptr ? nullptr : pass.probe()->AddMlp("intermediate", function_);
    if (probe != nullptr) probe->gate = probe->RowOf(units);
    Apply(function_, units.values);
    if (probe != nullptr) probe->activated = probe->products = probe->RowOf(units);
    pass.Add(hidden, pass.Linear(units, "output.dense", hidden.columns, true));
    hidden = pass.LayerNorm(std::move(hidden), "output.LayerNorm", epsilon_);
  }

  Activations FinalNorm(const Weights& /*weights*/, Activations hidden) const override {
    return hidden;
  }

  std::string LayerPrefix(std::size_t layer) const override {
    return fmt::format("encoder.layer.{}.", layer);
  }
  std::string_view EmbeddingName(const Weights& /*weights*/) const override {
    return "embeddings.word_embeddings.weight";
  }
  bool has_head() const override { return false; }

 private:
  Activations SelfAttention(const LayerPass& pass, const Activations& x) const {
    const std::size_t heads = facts_.Size("heads");
    const std::size_t head_dim = facts_.Size("head_dim");
    const AttentionRules rules{
        .heads = heads,
        .kv_heads = heads,
        .key_dim = head_dim,
        .value_dim = head_dim,
        .scale = static_cast<float>(1 / std::sqrt(static_cast<double>(head_dim))),
        .causal = false,
        .window = {},
        .sinks = {}};
    const std::size_t size = heads * head_dim;
    const Activations mixed = Attend(rules, pass.Linear(x, "attention.self.query", size, true),
                                     pass.Linear(x, "attention.self.key", size, true),
                                     pass.Linear(x, "attention.self.value", size, true), pass.batch,
                                     nullptr, pass.weights.threads(), pass.probe_attention());
    return pass.Linear(mixed, "attention.output.dense", x.columns, true);
  }

  const ModelFacts& facts_;
  double epsilon_;
  ActivationFunction function_;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeBert(const ModelFacts& facts) {
  return std::make_unique<const Bert>(facts);
}

}  // namespace modelkin::families
