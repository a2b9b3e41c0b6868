// An open model.
#ifndef MODELKIN_MODEL_H_
#define MODELKIN_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "modelkin/export.h"

namespace modelkin {

class OpenedModel;

// A tensor as it is stored.
struct TensorInfo {
  std::string name;
  std::string dtype;                 // "BF16"
  std::vector<std::uint64_t> shape;  // row-major
  std::uint64_t elements = 0;
  std::uint64_t bytes = 0;
};

// A model whose headers and config.json have been read; its tensors are read when they are needed.
// Copies share it. Members may be called from any number of threads.
class MODELKIN_EXPORT Model {
 public:
  explicit Model(std::shared_ptr<const OpenedModel> opened);

  // Returns where it is, as it was named.
  const std::string& Path() const;
  // Returns the name of its family, "llama"; "" where config.json says none that is known.
  std::string Family() const;
  // Returns all tensors, in natural order of names.
  std::vector<TensorInfo> Tensors() const;
  // Returns lines about what is odd but legal, such as a missing shard.
  std::vector<std::string> Warnings() const;

  // Returns what the library itself works on.
  const std::shared_ptr<const OpenedModel>& opened() const { return opened_; }

 private:
  std::shared_ptr<const OpenedModel> opened_;
};

}  // namespace modelkin

#endif  // MODELKIN_MODEL_H_
