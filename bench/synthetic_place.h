// Models of the shapes that people have, whose weights are computed where they are read: no disk.
#ifndef MODELKIN_BENCH_SYNTHETIC_PLACE_H_
#define MODELKIN_BENCH_SYNTHETIC_PLACE_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "source/places.h"

namespace modelkin::bench {

// A Llama-like decoder, dense or of routed experts.
struct ModelShape {
  std::string name;
  std::uint64_t width, layers, hidden, heads, groups, head_width, vocabulary;
  std::uint64_t experts = 0;  // of `hidden` units each; 0: one dense MLP a layer
  bool tied = false;          // no lm_head of its own
};

const std::vector<ModelShape>& KnownShapes();

// What was read of all models of a place.
struct ReadCounts {
  std::uint64_t bytes = 0;   // asked for
  std::uint64_t pages = 0;   // bytes of pages of 4 KiB that held them, each once
  std::uint64_t blocks = 0;  // of kMovedBlockBytes that held them, each once
  std::uint64_t total = 0;   // bytes of all models
};

// "synthetic://NAME/SEED/NOISE": a model of that shape; the same numbers for the same seed, of
// which NOISE low bits of each weight are others. Weights are uniform in sign and size, norms
// about 1.
class SyntheticPlace : public RemotePlace {
 public:
  bool IsFolder(const std::string& location) const override;
  std::vector<std::string> FilesIn(const std::string& folder) const override;
  std::shared_ptr<const ByteSource> Open(const std::string& file) const override;
  std::string Resolve(const std::string& location) const override { return location; }

  ReadCounts counts() const;

 private:
  class Weights;

  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const Weights>> open_;
};

}  // namespace modelkin::bench

#endif  // MODELKIN_BENCH_SYNTHETIC_PLACE_H_
