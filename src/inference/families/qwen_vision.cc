// Qwen's encoders of images and frames: layers that attend within a frame, and what joins the
// vectors of neighbouring patches for the text model. Of Qwen2-VL (Wang et al., arXiv 2409.12191),
// Qwen2.5-VL (Bai et al., arXiv 2502.13923) and Qwen3-VL (Bai et al., arXiv 2511.21631).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "inference/families/encoder.h"
#include "inference/families/families.h"
#include "inference/image_batch.h"
#include "inference/image_encoder.h"
#include "inference/linear.h"
#include "inference/mlp.h"
#include "inference/norms.h"
#include "inference/patch_layout.h"

namespace modelkin::families {
namespace {

constexpr double kVisionEpsilon = 1e-6;  // of all norms, whatever config.json says
constexpr double kVisionTheta = 10000;
constexpr double kMostWindowPixels = 1 << 30;  // beyond which a window holds any frame

class QwenVision : public ImageEncoder {
 public:
  explicit QwenVision(const ModelFacts& facts)
      : facts_(facts),
        width_(facts.Size("residual")),
        joined_(facts.Size("merged")),
        function_(facts.Activation()),
        attention_(BothWays(facts, true)),
        rotary_(ReadRotaryOf(facts)) {
    if (joined_ == 0) facts.Fail("spatial_merge_size", "is 0");
    if (facts.Size("patch") == 0) facts.Fail("patch_size", "is 0");
  }

  Batch MakeBatch(std::span<const FloatArray> arrays,
                  std::span<const PatchGrid> grids) const override {
    return BatchOfPatches(arrays, grids, {.values = PatchValues(), .joined = joined_});
  }

  void RequireFits(const Batch& /*batch*/) const override {}

  // Half of a head's pairs turn by the row of a patch, the others by its column.
  std::optional<RotaryTable> Rotation(const Batch& batch) const override {
    return GridRotation(batch, joined_, InverseFrequencies(rotary_, 0));
  }

  Activations Embed(const Weights& weights, const Batch& batch) const override {
    return Linear(weights, batch.patches, ModuleOfModel(Role::kPatchEmbedding), width_);
  }

  Activations FinalNorm(const Weights& /*weights*/, Activations hidden) const override {
    return hidden;
  }

  std::size_t PooledRows(const PatchGrid& grid) const override {
    return grid.patches() / (joined_ * joined_);
  }

  // Without windows, and with a gate in no MLP.
  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    pass.Add(hidden,
             AttendInFrames(pass, pass.LayerNorm(hidden, Role::kAttentionNorm, kVisionEpsilon)));
    pass.Add(hidden, PlainMlp(pass, pass.LayerNorm(hidden, Role::kMlpNorm, kVisionEpsilon),
                              {ModuleKind::kDenseMlp}, facts_.Size("width"), function_, true));
  }

 protected:
  // Within each frame.
  Activations AttendInFrames(const LayerPass& pass, const Activations& x) const {
    return AttendInParts(pass, x, FramesOf(pass.batch), pass.rotary);
  }

  Activations AttendInParts(const LayerPass& pass, const Activations& x, const Batch& parts,
                            const RotaryTable& rotary) const {
    const LayerPass in_parts{.weights = pass.weights,
                             .layer = pass.layer,
                             .batch = parts,
                             .rotary = rotary,
                             .cache = nullptr,
                             .observer = pass.observer};
    return Attend(in_parts, x, attention_);
  }

  // second(gelu(first x)) of rows that each are the vectors of joined patches.
  Activations Merge(const Weights& weights, Activations rows, const std::string& first,
                    const std::string& second) const {
    rows = LinearWithBias(weights, rows, first, facts_.Size("joined"));
    Apply(ActivationFunction::kGelu, rows.values);
    return LinearWithBias(weights, rows, second, facts_.Size("out"));
  }

  // The vectors of joined patches, which lie one after the other, as one each.
  Activations Join(Activations rows) const {
    rows.rows /= joined_ * joined_;
    rows.columns *= joined_ * joined_;
    return rows;
  }

  const ModelFacts& facts_;
  std::size_t width_, joined_;
  ActivationFunction function_;
  GroupedAttention attention_;

 private:
  std::size_t PatchValues() const {
    const std::size_t patch = facts_.Size("patch");
    return facts_.Size("channels") * facts_.Size("frames") * patch * patch;
  }

  // Of the rows alone: as many dims again are the columns'.
  static RotaryParameters ReadRotaryOf(const ModelFacts& facts) {
    const std::size_t head_dim = facts.Size("head_dim");
    if (head_dim == 0 || head_dim % 4 != 0) {
      facts.Fail("num_heads",
                 fmt::format("makes heads of {} values, which are no multiple of 4", head_dim));
    }
    return {.dims = head_dim / 2, .theta = ThetaOf(facts)};
  }

  static double ThetaOf(const ModelFacts& facts) {
    const auto* const rope = facts.config().Find("rope_parameters");
    if (rope == nullptr || !rope->is_object()) return facts.Positive("rope_theta", kVisionTheta);
    const auto type = rope->find("rope_type");
    if (type != rope->end() && *type != "axial" && *type != "default") {
      facts.Fail("rope_parameters", "has a \"rope_type\" other than \"axial\"");
    }
    const auto theta = rope->find("rope_theta");
    if (theta == rope->end()) return kVisionTheta;
    if (!theta->is_number() || !(theta->get<double>() > 0)) {
      facts.Fail("rope_parameters", "has a \"rope_theta\" that is no number above 0");
    }
    return theta->get<double>();
  }

  RotaryParameters rotary_;
};

// Returns the numbers of layers that a list has.
std::vector<std::size_t> LayerNumbers(const ModelFacts& facts, const char* key,
                                      std::vector<std::size_t> fallback) {
  const auto* const list = facts.config().Find(key);
  if (list == nullptr || list->is_null()) return fallback;
  if (!list->is_array()) facts.Fail(key, "is no list of layers");
  std::vector<std::size_t> layers;
  for (const auto& item : *list) {
    if (!item.is_number_unsigned()) facts.Fail(key, "is no list of layers");
    layers.push_back(item.get<std::size_t>());
  }
  return layers;
}

// Most layers attend within windows of a frame.
class Qwen25Vision final : public QwenVision {
 public:
  explicit Qwen25Vision(const ModelFacts& facts)
      : QwenVision(facts),
        whole_(LayerNumbers(facts, "fullatt_block_indexes", {7, 15, 23, 31})),
        window_(static_cast<std::size_t>(
                    std::min(facts.Positive("window_size", 112), kMostWindowPixels)) /
                joined_ / facts.Size("patch")) {
    if (window_ == 0) facts.Fail("window_size", "is less than what joined patches are wide");
  }

  void RunLayer(const LayerPass& pass, Activations& hidden) const override {
    const Activations x = pass.RmsNorm(hidden, Role::kAttentionNorm, kVisionEpsilon);
    const bool whole = std::ranges::find(whole_, pass.layer) != whole_.end();
    pass.Add(hidden, whole ? AttendInFrames(pass, x) : AttendInWindows(pass, x));
    pass.Add(hidden, GatedMlp(pass, pass.RmsNorm(hidden, Role::kMlpNorm, kVisionEpsilon),
                              {ModuleKind::kDenseMlp}, facts_.Size("width"), function_, true));
  }

  std::optional<Activations> Pool(const Weights& weights, const Batch& /*batch*/,
                                  const Activations& final) const override {
    Activations rows = final;
    RmsNormalise(rows, weights.Vector("model.merger.ln_q.weight", width_), kVisionEpsilon,
                 weights.threads());
    return Merge(weights, Join(std::move(rows)), "visual.merger.mlp.0", "visual.merger.mlp.2");
  }

 private:
  // A window's rows are brought together for it, and put back.
  Activations AttendInWindows(const LayerPass& pass, const Activations& x) const {
    const PatchWindows windows = WindowsOf(pass.batch, joined_, window_);
    const RotaryTable rotary{.dims = pass.rotary.dims,
                             .cosines = Gathered(pass.rotary.cosines, windows.rows),
                             .sines = Gathered(pass.rotary.sines, windows.rows)};
    return PutBack(AttendInParts(pass, Gathered(x, windows.rows), windows.parts, rotary),
                   windows.rows);
  }

  std::vector<std::size_t> whole_;  // layers that attend to all of a frame
  std::size_t window_;              // along a side, in joined patches
};

// Positions are stored as well, for a square that is stretched over each image; and some layers
// hand on what the text model's first layers add.
class Qwen3Vision final : public QwenVision {
 public:
  explicit Qwen3Vision(const ModelFacts& facts)
      : QwenVision(facts),
        side_(static_cast<std::size_t>(std::sqrt(static_cast<double>(facts.Size("positions"))))),
        tapped_(facts.Has("deepstack")
                    ? LayerNumbers(facts, "deepstack_visual_indexes", {8, 16, 24})
                    : std::vector<std::size_t>()) {
    if (side_ == 0) facts.Fail("num_position_embeddings", "is 0");
    for (const std::size_t layer : tapped_) {
      if (layer < facts.Size("layers")) continue;
      facts.Fail("deepstack_visual_indexes",
                 fmt::format("has layer {}, which is not there", layer));
    }
  }

  Activations Embed(const Weights& weights, const Batch& batch) const override {
    Activations hidden =
        LinearWithBias(weights, batch.patches, ModuleOfModel(Role::kPatchEmbedding), width_);
    const Tensor& table = weights.Require(TensorOfModel(Role::kPositionEmbedding),
                                          {facts_.Size("positions"), width_});
    for (const PositionTaps& taps : TapsOf(batch, joined_, side_)) {
      const Activations rows = weights.Rows(table, taps.positions);
      for (std::size_t row = 0; row < hidden.rows; ++row) {
        float* const out = hidden.Row(row);
        for (std::size_t i = 0; i < width_; ++i) out[i] += rows.Row(row)[i] * taps.weights[row];
      }
    }
    return hidden;
  }

  // Normed patch by patch, and then joined.
  std::optional<Activations> Pool(const Weights& weights, const Batch& /*batch*/,
                                  const Activations& final) const override {
    return MergeOf(weights, Join(Normed(weights, final, "merger")), "merger");
  }

  std::vector<std::size_t> tapped_layers() const override { return tapped_; }

  // Joined, and then normed.
  Activations Tap(const Weights& weights, std::size_t index,
                  const Activations& hidden) const override {
    const std::string merger = fmt::format("deepstack_merger_list.{}", index);
    return MergeOf(weights, Normed(weights, Join(hidden), merger), merger);
  }

 private:
  static Activations Normed(const Weights& weights, Activations rows, const std::string& merger) {
    const std::string norm = fmt::format("model.{}.ln_q", merger);
    LayerNormalise(rows, weights.Vector(norm + ".weight", rows.columns),
                   weights.Vector(norm + ".bias", rows.columns), kVisionEpsilon, weights.threads());
    return rows;
  }

  Activations MergeOf(const Weights& weights, Activations rows, const std::string& merger) const {
    return Merge(weights, std::move(rows), fmt::format("visual.{}.linear_fc1", merger),
                 fmt::format("visual.{}.linear_fc2", merger));
  }

  std::size_t side_;  // of the square of stored positions
  std::vector<std::size_t> tapped_;
};

class Qwen2Vision final : public QwenVision {
 public:
  using QwenVision::QwenVision;

  std::optional<Activations> Pool(const Weights& weights, const Batch& /*batch*/,
                                  const Activations& final) const override {
    Activations rows = final;
    LayerNormalise(rows, weights.Vector("model.merger.ln_q.weight", width_),
                   weights.Vector("model.merger.ln_q.bias", width_), kVisionEpsilon,
                   weights.threads());
    return Merge(weights, Join(std::move(rows)), "visual.merger.mlp.0", "visual.merger.mlp.2");
  }
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeQwen2Vision(const ModelFacts& facts) {
  return std::make_unique<const Qwen2Vision>(facts);
}

std::unique_ptr<const FamilyModel> MakeQwen25Vision(const ModelFacts& facts) {
  return std::make_unique<const Qwen25Vision>(facts);
}

std::unique_ptr<const FamilyModel> MakeQwen3Vision(const ModelFacts& facts) {
  return std::make_unique<const Qwen3Vision>(facts);
}

}  // namespace modelkin::families
