// Writes safetensors checkpoints: small ones from memory, large ones piece by piece.
#ifndef MODELKIN_STORAGE_SAFETENSORS_WRITER_H_
#define MODELKIN_STORAGE_SAFETENSORS_WRITER_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/output_file.h"
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

// What a file's header says of a tensor.
struct TensorHead {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
};

// A file whose tensors are written one after the other. All of it throws as OutputFile does.
class SafetensorsFile {
 public:
  // Writes the header: tensors in the given order, of types of whole bytes.
  SafetensorsFile(const OutputTarget& target, std::span<const TensorHead> tensors);

  // Appends bytes of the tensors' elements, in their order.
  void Write(std::span<const std::byte> bytes);
  // Puts the file in place. Requires that all bytes were written.
  void Commit();

 private:
  OutputFile file_;
};

// Writes one file, tensors in the given order. Throws as OutputFile does.
void WriteSafetensors(const OutputTarget& target, const std::vector<TensorData>& tensors);

// Writes `shards` files of about equally many tensors, and model.safetensors.index.json, in
// `directory`.
void WriteShardedSafetensors(const std::string& directory, const std::vector<TensorData>& tensors,
                             std::size_t shards, Replace replace = Replace::kAnything);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_SAFETENSORS_WRITER_H_
