// A model family's forward pass. To add a family: a file in families/, and a line in
// families/families.h.
#ifndef MODELKIN_INFERENCE_FAMILY_MODEL_H_
#define MODELKIN_INFERENCE_FAMILY_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inference/activations.h"
#include "inference/batch.h"
#include "inference/layer_pass.h"
#include "inference/model_facts.h"
#include "inference/rotary.h"
#include "inference/weights.h"

namespace modelkin {

class ImageEncoder;

class FamilyModel {
 public:
  virtual ~FamilyModel() = default;
  FamilyModel() = default;
  FamilyModel(const FamilyModel&) = delete;
  FamilyModel& operator=(const FamilyModel&) = delete;

  // One row a token or patch, as it enters the first layer. The ids are those of embedding rows.
  virtual Activations Embed(const Weights& weights, const Batch& batch) const;
  // One layer, from what comes in to what goes out.
  virtual void RunLayer(const LayerPass& pass, Activations& hidden) const = 0;
  // What the head is applied to.
  virtual Activations FinalNorm(const Weights& weights, Activations hidden) const = 0;

  virtual std::optional<RotaryParameters> rotary() const { return std::nullopt; }
  // Of one layer, where layers differ; nothing where that layer has none.
  virtual std::optional<RotaryParameters> rotary_of(std::size_t /*layer*/) const {
    return rotary();
  }
  // Names of the tensors; where head and embedding are one, of that which is stored.
  std::string EmbeddingName(const Weights& weights) const;
  std::string HeadName(const Weights& weights) const;

  // The head; a family without one has no logits.
  virtual bool has_head() const { return true; }
  virtual bool has_head_bias() const { return false; }
  virtual double logit_scale() const { return 1; }     // that logits are multiplied by
  virtual double logit_soft_cap() const { return 0; }  // as AttentionRules::soft_cap, once scaled
  // The same as an encoder of images, whose batches are of these; null: it takes texts.
  virtual const ImageEncoder* images() const { return nullptr; }
  // Rows of the table of positions that no token of a text has.
  virtual std::uint64_t unused_positions() const { return 0; }

 protected:
  // Whether head and embedding are one matrix.
  bool tied_ = false;
};

// Throws Error(kBadInput) for a family that cannot be run, or a configuration that makes no model
// of it. `facts` must outlive the model.
std::unique_ptr<const FamilyModel> MakeFamilyModel(const ModelFacts& facts);

// In order of name.
std::vector<std::string_view> RunnableFamilies();

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_FAMILY_MODEL_H_
