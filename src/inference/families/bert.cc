// BERT (Devlin et al., arXiv 1810.04805): an encoder; tokens see both ways, and norms come after
// the sums. It has no logits here. RoBERTa (Liu et al., arXiv 1907.11692) counts places otherwise,
// and DistilBERT (Sanh et al., arXiv 1910.01108) has no types of tokens.
#include "inference/families/encoder.h"
#include "inference/families/families.h"
#include "inference/mlp.h"

namespace modelkin::families {
namespace {

// The token that fills up RoBERTa's texts; nothing of those that count from 0.
std::optional<std::uint64_t> PaddingOf(const ModelFacts& facts) {
  const std::string type = facts.config().model_type();
  if (type != "roberta" && type != "xlm-roberta" && type != "camembert") return std::nullopt;
  const double id = facts.Number("pad_token_id", 1);
  const std::size_t rows = facts.Size("positions");
  if (!(id >= 0) || id + 2 > static_cast<double>(rows)) {
    facts.Fail("pad_token_id", "leaves no rows of \"max_position_embeddings\" for tokens");
  }
  return static_cast<std::uint64_t>(id);
}

class Bert final : public FamilyModel {
 public:
  explicit Bert(const ModelFacts& facts)
      : facts_(facts),
        epsilon_(facts.Number("layer_norm_eps", 1e-12)),
        function_(facts.Activation()),
        attention_(BothWays(facts, true)),
        padding_(PaddingOf(facts)) {
    const std::string type = facts.config().Text("position_embedding_type").value_or("absolute");
    if (type != "absolute") {
      facts.Fail("position_embedding_type", "is not \"absolute\", and others are not run");
    }
  }

  Activations Embed(const Weights& weights, const Batch& batch) const override {
    Activations hidden = FamilyModel::Embed(weights, batch);
    const Tensor& table = weights.Require(TensorOfModel(Role::kPositionEmbedding),
                                          {facts_.Size("positions"), hidden.columns});
    Add(hidden, weights.Rows(table, Places(batch)), weights.threads());
    if (const auto types = facts_.spec().Size("types")) {
      const Tensor& of_types =
          weights.Require(TensorOfModel(Role::kTokenTypeEmbedding), {*types, hidden.columns});
      const std::vector<std::uint64_t> first_type(1, 0);
      AddRow(hidden, weights.Rows(of_types, first_type).values, weights.threads());
    }
    return LayerNorm(weights, std::move(hidden), Role::kEmbeddingNorm, epsilon_);
  }

  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    pass.Add(hidden, Attend(pass, hidden, attention_));
    hidden = pass.LayerNorm(std::move(hidden), Role::kAttentionOutputNorm, epsilon_);
    pass.Add(hidden, PlainMlp(pass, hidden, {ModuleKind::kDenseMlp}, facts_.Size("width"),
                              function_, true));
    hidden = pass.LayerNorm(std::move(hidden), Role::kMlpOutputNorm, epsilon_);
  }

  Activations FinalNorm(const Weights& /*weights*/, Activations hidden) const override {
    return hidden;
  }

  bool has_head() const override { return false; }
  std::uint64_t unused_positions() const override { return padding_ ? *padding_ + 1 : 0; }

 private:
  // Rows of the table of positions. RoBERTa's are counted from the padding's number on, over
  // tokens that are no padding; where there is some, it has the row of its number.
  std::vector<std::uint64_t> Places(const Batch& batch) const {
    if (!padding_) return PositionsOf(batch);
    std::vector<std::uint64_t> places;
    places.reserve(batch.ids.size());
    for (const TextRows& text : batch.texts) {
      std::uint64_t last = *padding_;
      for (std::size_t row = text.first; row < text.first + text.rows; ++row) {
        const bool is_padding = batch.ids[row] == *padding_;
        places.push_back(is_padding ? *padding_ : ++last);
      }
    }
    return places;
  }

  const ModelFacts& facts_;
  double epsilon_;
  ActivationFunction function_;
  GroupedAttention attention_;
  std::optional<std::uint64_t> padding_;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeBert(const ModelFacts& facts) {
  return std::make_unique<const Bert>(facts);
}

}  // namespace modelkin::families
