// A model as its publisher left it: tensors, config.json and tokenizer, each opened once.
#ifndef MODELKIN_MODEL_OPENED_MODEL_H_
#define MODELKIN_MODEL_OPENED_MODEL_H_

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "architecture/components.h"
#include "architecture/model_config.h"
#include "base/error.h"
#include "base/progress.h"
#include "checkpoint/checkpoint.h"
#include "source/places.h"
#include "text_encoding/text_encoder.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {

// SHA-256 in hexadecimal digits.
struct FileDigests {
  std::vector<std::string> headers;  // of each file up to where its tensors begin
  std::vector<std::string> whole;    // of each file; empty until they were asked for
};

// Immutable to who uses it; what is read late is read once, and all members may be called from any
// number of threads at once.
class OpenedModel {
 public:
  // Reads headers and config.json. A config.json that is wrong is kept for who needs it
  // (config_error); one that can't be read just now is an error. Throws what OpenCheckpoint throws.
  OpenedModel(const std::string& path, const OpenOptions& options,
              std::shared_ptr<const Places> places);
  OpenedModel(const OpenedModel&) = delete;
  OpenedModel& operator=(const OpenedModel&) = delete;

  // As the user named it.
  const std::string& path() const { return checkpoint_.path(); }
  // Where config.json is: the path, or of an adapter that of its base.
  const std::string& described_at() const { return described_at_; }
  // Whether it is an adapter without its base: changes to weights, and no weights.
  bool is_adapter_alone() const { return adapter_alone_; }
  const Checkpoint& checkpoint() const { return checkpoint_; }
  const Places& places() const { return *places_; }
  const OpenOptions& opening() const { return opening_; }

  // Null where there is none, or it is wrong.
  const ModelConfig* config() const { return config_.get(); }
  const std::optional<Error>& config_error() const { return config_error_; }
  // What is wrong with config.json, as "is not JSON (byte 19)"; nothing without config_error().
  std::optional<Said> config_fault() const;
  // As ByteSource::Version; "" without a config.json.
  const std::string& config_version() const { return config_version_; }
  // The models that it holds, at least one: the text model first, if there is one.
  const std::vector<ModelComponent>& components() const { return components_; }
  // Of the first component. Null where config.json says no family that is known.
  const Family* family() const { return resolved().family; }
  // Of the first component. Null where config.json makes no model of the family; `findings` say
  // why.
  const ModelSpec* spec() const { return components_.front().spec(); }
  const std::vector<Finding>& findings() const { return resolved().findings; }
  const ResolvedModel& resolved() const { return components_.front().resolved; }
  // Throws config_error(), if there is one.
  void RequireConfig() const;

  // Beside the weights. Throws as OpenTokenizer does.
  std::shared_ptr<const Tokenizer> RequireTokenizer() const;
  // The same; null where there is none that can be read. Throws Error(kIo).
  std::shared_ptr<const Tokenizer> tokenizer() const;
  // Throws as OpenTextEncoder does.
  std::unique_ptr<const TextEncoder> MakeTextEncoder() const;

  // Digests headers, and if `whole` all bytes: files in parallel, with progress.
  FileDigests Digests(bool whole, unsigned threads, Progress& progress) const;

 private:
  // The folder's tokenizer.json; null where there is none.
  const ByteSource* TokenizerJson() const;

  // Runs what may throw on what is wrong with config.json, which is kept.
  template <class Function>
  void Guarded(Function&& read);
  std::unique_ptr<const ModelConfig> FindConfig(const std::string& path);

  // Where the tokenizer is: of an adapter beside it, if it has one, or its base's.
  std::string TokenizerPlace() const;

  OpenOptions opening_;
  std::shared_ptr<const Places> places_;
  std::string described_at_;
  bool adapter_alone_;
  std::optional<Error> config_error_;
  std::optional<Said> config_fault_;  // the same as a fault of JSON, where it is one
  std::string config_version_;
  std::unique_ptr<const ModelConfig> config_;
  Checkpoint checkpoint_;
  std::vector<ModelComponent> components_;
  // What is read late.
  mutable std::recursive_mutex late_;
  mutable std::optional<std::shared_ptr<const ByteSource>> tokenizer_json_;
  mutable std::shared_ptr<const Tokenizer> tokenizer_;
  mutable std::optional<Error> tokenizer_error_;  // of one that is wrong
  // A lock of its own: its progress may ask the model for what else is read late.
  mutable std::mutex digesting_;
  mutable FileDigests digests_;
};

std::shared_ptr<const OpenedModel> OpenModel(
    const std::string& path, const OpenOptions& options = {},
    std::shared_ptr<const Places> places = SharedThisMachine());

// What a user is told where a wrong config.json leaves names alone to pair tensors by; nothing
// where it is right.
std::optional<Said> ConfigWarning(const OpenedModel& model);

}  // namespace modelkin

#endif  // MODELKIN_MODEL_OPENED_MODEL_H_
