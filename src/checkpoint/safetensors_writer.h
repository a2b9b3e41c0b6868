// Writes small safetensors checkpoints from memory.
#ifndef MODELKIN_CHECKPOINT_SAFETENSORS_WRITER_H_
#define MODELKIN_CHECKPOINT_SAFETENSORS_WRITER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "numeric/dtype.h"
#include "numeric/shape.h"

namespace modelkin {

struct TensorData {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  std::vector<std::byte> bytes;  // as many as shape and type say
};

// One file, tensors in the given order. Throws Error(kIo) if it can't be written.
void WriteSafetensors(const std::string& path, const std::vector<TensorData>& tensors);

// `shards` files of about equally many tensors, and model.safetensors.index.json, in `directory`.
void WriteShardedSafetensors(const std::string& directory, const std::vector<TensorData>& tensors,
                             std::size_t shards);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_SAFETENSORS_WRITER_H_
