// SigLIP's encoder of images (Zhai et al., arXiv 2303.15343): a vision transformer (Dosovitskiy et
// al., arXiv 2010.11929) without a token for the class. SigLIP 2's of one resolution is the same
// (Tschannen et al., arXiv 2502.14786).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "inference/families/encoder.h"
#include "inference/families/families.h"
#include "inference/image_batch.h"
#include "inference/image_encoder.h"
#include "inference/linear.h"
#include "inference/mlp.h"
#include "inference/norms.h"

namespace modelkin::families {
namespace {

// What pools an image's rows: one learnt query that attends to all of them, and an MLP.
class AttentionPooling {
 public:
  AttentionPooling(const ModelFacts& facts, double epsilon, ActivationFunction function)
      : heads_(facts.Size("heads")),
        head_dim_(facts.Size("head_dim")),
        width_(facts.Size("residual")),
        mlp_width_(facts.Size("width")),
        epsilon_(epsilon),
        function_(function) {}

  // Returns a row an image.
  Activations Pool(const Weights& weights, const Batch& batch, const Activations& final) const {
    Activations probe(1, width_);
    probe.values = weights.Values(Name("probe"), {1, 1, width_});
    const Activations query = Projected(weights, probe, 0);
    const Activations keys = Projected(weights, final, 1);
    const Activations values = Projected(weights, final, 2);
    Activations mixed(batch.texts.size(), width_);
    for (std::size_t i = 0; i < batch.texts.size(); ++i) {
      for (std::size_t head = 0; head < heads_; ++head) {
        Mix(query, keys, values, batch.texts[i], head * head_dim_, mixed.Row(i));
      }
    }
    const Activations attended = LinearWithBias(weights, mixed, Name("attention.out_proj"), width_);
    Activations pooled = attended;
    LayerNormalise(pooled, weights.Vector(Name("layernorm.weight"), width_),
                   weights.Vector(Name("layernorm.bias"), width_), epsilon_, weights.threads());
    pooled = LinearWithBias(weights, pooled, Name("mlp.fc1"), mlp_width_);
    Apply(function_, pooled.values);
    pooled = LinearWithBias(weights, pooled, Name("mlp.fc2"), width_);
    Add(pooled, attended, weights.threads());
    return pooled;
  }

 private:
  static std::string Name(std::string_view module) {
    return fmt::format("vision_model.head.{}", module);
  }

  // Queries (0), keys (1) or values (2), whose weights are stored one below the other.
  Activations Projected(const Weights& weights, const Activations& x, std::size_t which) const {
    const Tensor& matrix = weights.Require(Name("attention.in_proj_weight"), {3 * width_, width_});
    const std::vector<float> bias = weights.Vector(Name("attention.in_proj_bias"), 3 * width_);
    Activations out = MultiplyRows(weights, x, matrix, which * width_, width_, weights.threads());
    const auto first = bias.begin() + static_cast<std::ptrdiff_t>(which * width_);
    AddRow(out, {first, first + static_cast<std::ptrdiff_t>(width_)}, weights.threads());
    return out;
  }

  // softmax(q k / sqrt(head_dim)) v of one head, whose columns begin at `column`.
  void Mix(const Activations& query, const Activations& keys, const Activations& values,
           const TextRows& image, std::size_t column, float* out) const {
    std::vector<double> shares(image.rows);
    for (std::size_t row = 0; row < image.rows; ++row) {
      const float* const key = keys.Row(image.first + row) + column;
      for (std::size_t k = 0; k < head_dim_; ++k) {
        shares[row] += static_cast<double>(query.values[column + k]) * key[k];
      }
      shares[row] /= std::sqrt(static_cast<double>(head_dim_));
    }
    const double largest = *std::ranges::max_element(shares);
    double total = 0;
    for (double& share : shares) total += share = std::exp(share - largest);
    for (std::size_t k = 0; k < head_dim_; ++k) {
      double sum = 0;
      for (std::size_t row = 0; row < image.rows; ++row) {
        sum += shares[row] * values.Row(image.first + row)[column + k];
      }
      out[column + k] = static_cast<float>(sum / total);
    }
  }

  std::size_t heads_, head_dim_, width_, mlp_width_;
  double epsilon_;
  ActivationFunction function_;
};

class Siglip final : public ImageEncoder {
 public:
  explicit Siglip(const ModelFacts& facts)
      : facts_(facts),
        epsilon_(facts.Number("layer_norm_eps", 1e-6)),
        function_(facts.Activation()),
        attention_(BothWays(facts, true)),
        pooling_(facts, epsilon_, function_) {
    if (facts.Size("patch") == 0) facts.Fail("patch_size", "is 0");
    if (facts.Size("positions") == 0) facts.Fail("image_size", "is less than a patch");
  }

  Batch MakeBatch(std::span<const FloatArray> arrays,
                  std::span<const PatchGrid> grids) const override {
    return BatchOfPixels(arrays, grids,
                         {.channels = facts_.Size("channels"),
                          .side = facts_.Size("image"),
                          .patch = facts_.Size("patch")});
  }

  void RequireFits(const Batch& batch) const override {
    const std::size_t wanted = facts_.Size("positions");
    for (std::size_t i = 0; i < batch.texts.size(); ++i) {
      if (batch.texts[i].rows == wanted) continue;
      throw Error(ErrorKind::kUsage,
                  fmt::format("image {} has {} patches, and the model takes images of {}", i + 1,
                              batch.texts[i].rows, wanted));
    }
  }

  // Rows of pixels, each a patch's, and the places of these in the image.
  Activations Embed(const Weights& weights, const Batch& batch) const override {
    const std::size_t width = facts_.Size("residual");
    Activations hidden =
        LinearWithBias(weights, batch.patches, ModuleOfModel(Role::kPatchEmbedding), width);
    const Tensor& table =
        weights.Require(TensorOfModel(Role::kPositionEmbedding), {facts_.Size("positions"), width});
    Add(hidden, weights.Rows(table, PositionsOf(batch)), weights.threads());
    return hidden;
  }

  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    pass.Add(hidden,
             Attend(pass, pass.LayerNorm(hidden, Role::kAttentionNorm, epsilon_), attention_));
    pass.Add(hidden, PlainMlp(pass, pass.LayerNorm(hidden, Role::kMlpNorm, epsilon_),
                              {ModuleKind::kDenseMlp}, facts_.Size("width"), function_, true));
  }

  Activations FinalNorm(const Weights& weights, Activations hidden) const override {
    return LayerNorm(weights, std::move(hidden), Role::kFinalNorm, epsilon_);
  }

  std::optional<Activations> Pool(const Weights& weights, const Batch& batch,
                                  const Activations& final) const override {
    if (!facts_.Has("head")) return std::nullopt;
    return pooling_.Pool(weights, batch, final);
  }
  std::size_t PooledRows(const PatchGrid& /*grid*/) const override { return 1; }

 private:
  const ModelFacts& facts_;
  double epsilon_;
  ActivationFunction function_;
  GroupedAttention attention_;
  AttentionPooling pooling_;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeSiglip(const ModelFacts& facts) {
  return std::make_unique<const Siglip>(facts);
}

}  // namespace modelkin::families
