// Puts the contents of several files together into one catalogue.
#ifndef MODELKIN_CHECKPOINT_CATALOGUE_BUILDER_H_
#define MODELKIN_CHECKPOINT_CATALOGUE_BUILDER_H_

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "modelkin/options.h"
#include "source/places.h"
#include "storage/file_contents.h"
#include "storage/form.h"

namespace modelkin {

class CatalogueBuilder {
 public:
  // `path` as the user named it. `places` and `config` have to outlive this.
  CatalogueBuilder(std::string path, const Places& places, const OpenOptions& options,
                   const QuantisationConfig& config);

  // Returns the file's tensors as it holds them, valid until the next call. `name` is the model's
  // own for it, its path from the model's folder. Throws as ReadFileContents and Places::Open.
  std::span<const Tensor> Add(const std::filesystem::path& file, std::string name);
  std::span<const Tensor> Add(const std::filesystem::path& file) {
    return Add(file, file.filename().string());
  }

  // Returns what the last added file says of itself; null where it is no GGUF file.
  const GgufFile* last_gguf() const { return last_gguf_.get(); }

  void Warn(Said warning) { warnings_.push_back(std::move(warning)); }
  void WarnOfMissing(Said warning) {
    Warn(std::move(warning));
    incomplete_ = true;
  }

  // Makes weights of what forms there are.
  Checkpoint Build() &&;

 private:
  void NoteEmptyWeights();
  // Gives tensors of GGUF files the names and values that the model was published with, and the
  // model its configuration.
  void FinishGguf();

  std::string path_;
  const Places& places_;
  OpenOptions options_;
  const QuantisationConfig& config_;
  std::vector<CheckpointFile> files_;
  std::vector<Tensor> tensors_;
  std::vector<Said> warnings_;
  std::shared_ptr<const nlohmann::json> own_config_;
  std::shared_ptr<const GgufFile> last_gguf_;
  std::shared_ptr<const GgufFile> gguf_;  // of the file that says what the model is
  bool incomplete_ = false;
};

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_CATALOGUE_BUILDER_H_
