// A checkpoint as a catalogue of named tensors, whatever files it is spread over.
#ifndef MODELKIN_CHECKPOINT_CHECKPOINT_H_
#define MODELKIN_CHECKPOINT_CHECKPOINT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/said.h"
#include "modelkin/options.h"
#include "source/byte_source.h"
#include "source/places.h"
#include "storage/form.h"
#include "storage/tensor.h"

namespace modelkin {

struct CheckpointFile {
  std::string name;  // without its folder
  std::shared_ptr<const ByteSource> source;
  std::uint64_t header_bytes = 0;  // where its data begins
};

// All tensors of a model by name. Headers are read and checked on opening; no tensor byte is.
// Immutable and thread-safe afterwards.
class Checkpoint {
 public:
  // Makes a catalogue of `tensors` over `files`. Throws Error(kBadInput) if a name occurs twice.
  Checkpoint(std::string path, std::vector<CheckpointFile> files, std::vector<Tensor> tensors,
             std::vector<Said> warnings, bool incomplete = false,
             std::shared_ptr<const nlohmann::json> config = nullptr);
  Checkpoint(Checkpoint&&) = default;
  Checkpoint& operator=(Checkpoint&&) = default;

  // Returns the path as the user named it.
  const std::string& path() const { return path_; }
  const std::vector<CheckpointFile>& files() const { return files_; }
  // Returns all tensors in natural order of names: "layers.2" before "layers.10".
  const std::vector<Tensor>& tensors() const { return tensors_; }
  // Returns the tensor of this name; null if there is none.
  const Tensor* Find(std::string_view name) const;
  const ByteSource& SourceOf(const Tensor& tensor) const { return *files_[tensor.file].source; }
  // Returns printable lines about what is odd but legal, such as a tensor that the index does not
  // list.
  const std::vector<Said>& warnings() const { return warnings_; }
  // Returns whether files or tensors are known to be missing: what is not there says nothing then.
  bool incomplete() const { return incomplete_; }
  // Returns the model's configuration in the words of a config.json, where the files of weights
  // have one themselves; null where not.
  const std::shared_ptr<const nlohmann::json>& config() const { return config_; }
  // Throws Error(kBadInput) if a file has changed since it was opened: what was read is void.
  void RequireUnchanged() const;

  std::uint64_t total_elements() const { return total_elements_; }
  std::uint64_t total_bytes() const { return total_bytes_; }

 private:
  std::string path_;
  std::vector<CheckpointFile> files_;
  std::vector<Tensor> tensors_;
  std::vector<std::uint32_t> by_name_;  // indices into tensors_, in the order of bytes of names
  std::vector<Said> warnings_;
  std::uint64_t total_elements_ = 0;
  std::uint64_t total_bytes_ = 0;
  bool incomplete_ = false;
  std::shared_ptr<const nlohmann::json> config_;
};

// Opens a file of weights, an index (*.index.json) with its shards beside it, or a directory: its
// model.safetensors.index.json or only index, else all its .safetensors files, but adapters beside
// a model and Meta's consolidated files beside the same model of other names. A directory without
// any of these: the same of torch's files (pytorch_model.bin.index.json, .bin, .pt, .pth, .ckpt).
// A folder of a PEFT adapter is its base with the changes, if the base is at hand
// (OpenOptions::base). Throws Error(kBadInput) where these are missing, ambiguous or break a rule
// of the format, Error(kIo) where they can't be read. Weights of forms that are read here are
// decoded (storage/form.h), by what `config` says.
Checkpoint OpenCheckpoint(const std::string& path, const OpenOptions& options = {},
                          const Places& places = ThisMachine(),
                          const QuantisationConfig& config = {});

// Opens a single file from any source.
Checkpoint OpenSafetensors(std::shared_ptr<const ByteSource> file);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_CHECKPOINT_H_
