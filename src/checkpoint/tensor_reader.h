// Reads one side of a tensor pair by element ranges.
#ifndef MODELKIN_CHECKPOINT_TENSOR_READER_H_
#define MODELKIN_CHECKPOINT_TENSOR_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "storage/coded_weight.h"

namespace modelkin {

// Of a tensor whose elements are whole bytes, or that is decoded. Points into the checkpoint.
class TensorReader {
 public:
  TensorReader(const Checkpoint& checkpoint, const Tensor& tensor);

  DType dtype() const { return tensor_->dtype; }
  std::uint64_t byte_width() const { return BitWidth(tensor_->dtype) / 8; }

  // Whether elements lie in a file as Read returns them, so that many cost no more memory than few.
  bool is_in_place() const;

  // Bytes of elements [begin, begin + count), in place or in `scratch`, where a view's elements are
  // gathered and coded ones decoded. Errors name the tensor.
  std::span<const std::byte> Read(std::uint64_t begin, std::uint64_t count,
                                  std::vector<std::byte>& scratch) const;

  // Returns the same bytes where they will not be read again (ByteSource::ReadOnce).
  std::span<const std::byte> ReadOnce(std::uint64_t begin, std::uint64_t count,
                                      std::vector<std::byte>& scratch) const;

  // Throws Error(kBadInput) if bytes of the tensor, or before it, got lost while the file was read.
  void RequireNothingLost() const;

  // Throws Error(kBadInput): the tensor was not the same from one reading to the next.
  [[noreturn]] void FailForChange() const;

  // Distances to the next value of the grid that each of the elements was rounded to
  // (WeightDecoder::GridSteps); nothing of a tensor that is not quantised. Of a view likewise.
  std::optional<std::vector<float>> GridSteps(std::uint64_t begin, std::uint64_t count) const;

  // Values at fixed places spread over the tensor: all of a small one, else 256 runs of 128.
  // Requires a comparable type.
  std::vector<double> Sample() const;

 private:
  std::span<const std::byte> Decode(std::uint64_t begin, std::uint64_t count,
                                    std::vector<std::byte>& scratch) const;
  std::span<const std::byte> ReadStored(std::uint64_t begin, std::uint64_t count,
                                        std::vector<std::byte>& scratch) const;

  const Checkpoint* checkpoint_;
  const ByteSource* source_;
  const Tensor* tensor_;
};

// Returns what reads stored tensors of the checkpoint, which has to outlive it.
std::unique_ptr<const PartReader> ReaderOfParts(const Checkpoint& checkpoint);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_TENSOR_READER_H_
