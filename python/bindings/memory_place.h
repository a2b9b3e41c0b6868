// Models whose tensors are arrays of this process, read where they lie.
#ifndef MODELKIN_PYTHON_MEMORY_PLACE_H_
#define MODELKIN_PYTHON_MEMORY_PLACE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "numeric/dtype.h"
#include "numeric/shape.h"
#include "source/places.h"

namespace modelkin {

inline constexpr std::string_view kMemoryScheme = "memory:";

// An array: row-major, without gaps, in little-endian order.
struct LiveTensor {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  std::span<const std::byte> bytes;  // valid and unchanged for as long as the model is there
};

// Live models and files, the former each a folder "memory:NAME" with one file of weights, which is
// a safetensors file but for lying in pieces, and a config.json where one is given.
class MemoryPlace final : public RemotePlace {
 public:
  // Adds a model. Returns its location, with a number where the name is taken. Throws Error(kUsage)
  // for an array whose bytes are not those of its shape.
  std::string Add(const std::string& name, const std::vector<LiveTensor>& tensors,
                  const std::optional<std::string>& config);
  // Adds one file of a folder of its own. Returns where it is: "memory:NAME/FILE", with a number
  // where the name is taken.
  std::string AddFile(const std::string& name, const std::string& file,
                      std::vector<std::byte> bytes);
  // Takes a model, or the folder of a file, away: its location says that it is closed from then on.
  // Who has opened it goes on reading.
  void Remove(const std::string& location);

  bool IsFolder(const std::string& location) const override;
  std::vector<std::string> FilesIn(const std::string& folder) const override;
  std::shared_ptr<const ByteSource> Open(const std::string& file) const override;
  std::string Resolve(const std::string& location) const override;

 private:
  using Files = std::map<std::string, std::shared_ptr<const ByteSource>>;

  const Files& FilesOf(const std::string& location) const;  // requires the lock
  // Returns "memory:NAME", with a number where that is taken; requires the lock.
  std::string FreeLocation(const std::string& name) const;

  mutable std::mutex mutex_;
  std::map<std::string, Files> models_;  // by location
};

// Returns the live models of this process.
const std::shared_ptr<MemoryPlace>& LiveModels();

}  // namespace modelkin

#endif  // MODELKIN_PYTHON_MEMORY_PLACE_H_
