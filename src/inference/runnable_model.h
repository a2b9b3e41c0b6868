// A checkpoint that can be run.
#ifndef MODELKIN_INFERENCE_RUNNABLE_MODEL_H_
#define MODELKIN_INFERENCE_RUNNABLE_MODEL_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "inference/family_model.h"
#include "inference/model_facts.h"
#include "inference/weights.h"
#include "model/opened_model.h"

namespace modelkin {

class RunnableModel {
 public:
  // Throws Error(kBadInput) where there is no config.json, its family cannot be run, or what it
  // says makes no model.
  RunnableModel(const std::shared_ptr<const OpenedModel>& opened, unsigned threads)
      : RunnableModel(opened, opened->components().front(), threads) {}
  // The same for one of the models that it holds.
  RunnableModel(std::shared_ptr<const OpenedModel> opened, const ModelComponent& component,
                unsigned threads);

  const OpenedModel& opened() const { return *opened_; }
  const ModelConfig& config() const { return facts_->config(); }
  const ModelSpec& spec() const { return facts_->spec(); }
  const ModelFacts& facts() const { return *facts_; }
  const FamilyModel& family() const { return *family_; }
  const Weights& weights() const { return *weights_; }

  std::size_t layers() const { return facts_->Size("layers"); }
  std::size_t width() const { return facts_->Size("residual"); }
  // Rows of the embedding as stored, which ids are below; 0 of what takes images.
  std::uint64_t vocabulary() const { return vocabulary_; }
  // Whether rows of queries and keys were put in transformers' order, by the file's architecture.
  bool is_reordered() const { return is_reordered_; }
  // Tokens that a text may have; nothing where config.json does not say.
  std::optional<std::uint64_t> context() const;

 private:
  std::shared_ptr<const OpenedModel> opened_;
  std::optional<ModelFacts> facts_;
  std::unique_ptr<const FamilyModel> family_;
  std::unique_ptr<const Weights> weights_;
  std::uint64_t vocabulary_ = 0;
  bool is_reordered_ = false;
};

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_RUNNABLE_MODEL_H_
