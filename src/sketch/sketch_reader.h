// Reads the weights that a sketch is made of, and counts their bytes.
#ifndef MODELKIN_SKETCH_SKETCH_READER_H_
#define MODELKIN_SKETCH_SKETCH_READER_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace modelkin {

// Thread-safe; the checkpoint has to outlive it.
class SketchReader {
 public:
  explicit SketchReader(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  // Returns elements [begin, begin + count) of a tensor as floats. Throws what reading throws.
  std::vector<float> Read(const Tensor& tensor, std::uint64_t begin, std::uint64_t count);
  // Returns all of them.
  std::vector<float> Read(const Tensor& tensor) { return Read(tensor, 0, tensor.elements); }

  std::uint64_t bytes() const { return bytes_; }

 private:
  const Checkpoint& checkpoint_;
  std::atomic<std::uint64_t> bytes_ = 0;
};

// Returns the bytes that `count` elements of a tensor take where they are stored, rounded up.
std::uint64_t StoredBytesOf(const Tensor& tensor, std::uint64_t count);

}  // namespace modelkin

#endif  // MODELKIN_SKETCH_SKETCH_READER_H_
