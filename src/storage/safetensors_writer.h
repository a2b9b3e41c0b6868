// Writes small safetensors checkpoints from memory.
#ifndef MODELKIN_STORAGE_SAFETENSORS_WRITER_H_
#define MODELKIN_STORAGE_SAFETENSORS_WRITER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "base/output_target.h"
#include "numeric/dtype.h"
#include "numeric/shape.h"

namespace modelkin {

struct TensorData {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  std::vector<std::byte> bytes;  // as many as shape and type say
};

// Writes one file, tensors in the given order. Throws as OutputFile does.
void WriteSafetensors(const OutputTarget& target, const std::vector<TensorData>& tensors);

// Writes `shards` files of about equally many tensors, and model.safetensors.index.json, in
// `directory`.
void WriteShardedSafetensors(const std::string& directory, const std::vector<TensorData>& tensors,
                             std::size_t shards, Replace replace = Replace::kAnything);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_SAFETENSORS_WRITER_H_
