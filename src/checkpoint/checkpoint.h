// A checkpoint as a catalogue of named tensors, whatever files it is spread over.
#ifndef MODELKIN_CHECKPOINT_CHECKPOINT_H_
#define MODELKIN_CHECKPOINT_CHECKPOINT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/stored_form.h"
#include "modelkin/options.h"
#include "numeric/dtype.h"
#include "numeric/shape.h"
#include "source/byte_source.h"
#include "source/places.h"

namespace modelkin {

// Where the elements of a tensor lie that is stored under another name, as a part of a larger one,
// or in another order: element (i, j, ...) at offset + i strides[0] + j strides[1] + ...
struct TensorView {
  std::string stored_name;
  std::uint64_t offset = 0;  // in elements, as the strides
  Shape dimensions;          // as many elements as the tensor has; its shape may join some of them
  std::vector<std::uint64_t> strides;

  // Returns whether the elements lie one after the other.
  bool contiguous() const;
};

struct Tensor {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  std::uint64_t elements = 0;
  std::uint32_t file = 0;          // index into Checkpoint::files()
  std::uint64_t offset_bytes = 0;  // from that file's start
  std::uint64_t length_bytes = 0;
  // Null: all of what lies there. Else offset_bytes and length_bytes are those of the stored
  // tensor.
  std::shared_ptr<const TensorView> view = nullptr;
  StoredAs stored = {};  // as weights, or quantised

  // Returns the name in the file.
  const std::string& stored_name() const { return view == nullptr ? name : view->stored_name; }
};

// Returns the tensor under another name; its bytes stay where they are.
Tensor Renamed(Tensor tensor, std::string name);

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
             std::vector<std::string> warnings, bool incomplete = false);
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
  const std::vector<std::string>& warnings() const { return warnings_; }
  // Returns whether files or tensors are known to be missing: what is not there says nothing then.
  bool incomplete() const { return incomplete_; }
  // Throws Error(kBadInput) if a file has changed since it was opened: what was read is void.
  void RequireUnchanged() const;

  std::uint64_t total_elements() const { return total_elements_; }
  std::uint64_t total_bytes() const { return total_bytes_; }

 private:
  std::string path_;
  std::vector<CheckpointFile> files_;
  std::vector<Tensor> tensors_;
  std::vector<std::uint32_t> by_name_;  // indices into tensors_, in the order of bytes of names
  std::vector<std::string> warnings_;
  std::uint64_t total_elements_ = 0;
  std::uint64_t total_bytes_ = 0;
  bool incomplete_ = false;
};

// Opens a .safetensors file, a *.safetensors.index.json file with its shards beside it, or a
// directory: its model.safetensors.index.json or only index, else all its .safetensors files, but
// adapters beside a model and Meta's consolidated files beside the same model of other names.
// Throws Error(kBadInput) where these are missing, ambiguous or break a rule of the format,
// Error(kIo) where they can't be read.
Checkpoint OpenCheckpoint(const std::string& path, const OpenOptions& options = {},
                          const Places& places = ThisMachine());

// Opens a single file from any source.
Checkpoint OpenSafetensors(std::shared_ptr<const ByteSource> file);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_CHECKPOINT_H_
