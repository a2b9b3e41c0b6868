// A checkpoint that can be run.
#ifndef MODELKIN_INFERENCE_RUNNABLE_MODEL_H_
#define MODELKIN_INFERENCE_RUNNABLE_MODEL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "architecture/model_config.h"
#include "architecture/model_spec.h"
#include "inference/family_model.h"
#include "inference/model_facts.h"
#include "inference/weights.h"

namespace modelkin {

class RunnableModel {
 public:
  // Opens a model at a location (source/location.h); reads headers alone. Throws Error(kBadInput)
  // where there is no config.json, its family cannot be run, or what it says makes no model.
  RunnableModel(const std::string& path, unsigned threads);

  const std::string& path() const { return path_; }
  const ModelConfig& config() const { return *config_; }
  const ModelSpec& spec() const { return *spec_; }
  const ModelFacts& facts() const { return *facts_; }
  const FamilyModel& family() const { return *family_; }
  const Weights& weights() const { return *weights_; }

  std::size_t layers() const { return facts_->Size("layers"); }
  std::size_t width() const { return facts_->Size("residual"); }
  // Rows of the embedding as stored, which ids are below.
  std::uint64_t vocabulary() const { return vocabulary_; }
  // Tokens that a text may have; nothing where config.json does not say.
  std::optional<std::uint64_t> context() const;

 private:
  std::string path_;
  std::unique_ptr<const ModelConfig> config_;
  std::optional<ModelSpec> spec_;
  std::optional<ModelFacts> facts_;
  std::unique_ptr<const FamilyModel> family_;
  std::unique_ptr<const Weights> weights_;
  std::uint64_t vocabulary_ = 0;
};

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_RUNNABLE_MODEL_H_
