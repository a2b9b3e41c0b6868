// Reads one side of a tensor pair by element ranges.
#ifndef MODELKIN_CHECKPOINT_TENSOR_READER_H_
#define MODELKIN_CHECKPOINT_TENSOR_READER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace modelkin {

// Of a tensor whose elements are whole bytes. Points into the checkpoint.
class TensorReader {
 public:
  TensorReader(const Checkpoint& checkpoint, const Tensor& tensor);

  DType dtype() const { return tensor_->dtype; }
  std::uint64_t byte_width() const { return BitWidth(tensor_->dtype) / 8; }

  // Bytes of elements [begin, begin + count), in place or in `scratch`, where a view's elements are
  // gathered. Errors name the tensor.
  std::span<const std::byte> Read(std::uint64_t begin, std::uint64_t count,
                                  std::vector<std::byte>& scratch) const;

  // Throws Error(kBadInput) if bytes of the tensor, or before it, got lost while the file was read.
  void RequireNothingLost() const;

  // Throws Error(kBadInput): the tensor was not the same from one reading to the next.
  [[noreturn]] void FailForChange() const;

  // Values at fixed places spread over the tensor: all of a small one, else 64 runs of 128.
  // Requires a comparable type.
  std::vector<double> Sample() const;

 private:
  std::span<const std::byte> ReadStored(std::uint64_t begin, std::uint64_t count,
                                        std::vector<std::byte>& scratch) const;

  const ByteSource* source_;
  const Tensor* tensor_;
};

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_TENSOR_READER_H_
