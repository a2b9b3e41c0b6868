// A checkpoint's weights for computing with: found by name, checked, decoded where they are used.
#ifndef MODELKIN_INFERENCE_WEIGHTS_H_
#define MODELKIN_INFERENCE_WEIGHTS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "inference/activations.h"
#include "inference/read_ahead.h"

namespace modelkin {

// Of a checkpoint under Llama-like names (architecture/named_by_role.h). Thread-safe. All that
// takes a name throws Error(kBadInput) if there is no such tensor, its shape is another, or it is
// not F32, F16 or BF16: of quantised weights the numbers as stored mean nothing alone.
class Weights {
 public:
  // `threads` that products run on; 0 for one a core.
  Weights(Checkpoint named, unsigned threads);

  const Checkpoint& checkpoint() const { return checkpoint_; }
  unsigned threads() const { return threads_; }

  bool Has(const std::string& name) const { return checkpoint_.Find(name) != nullptr; }
  const Tensor& Require(const std::string& name, const Shape& shape) const;
  // Of a matrix with as many rows as it has.
  const Tensor& RequireColumns(const std::string& name, std::uint64_t columns) const;

  // Bytes of all tensors under a prefix, experts and all.
  std::uint64_t StoredBytes(std::string_view prefix) const;

  // Infinity becomes NaN.
  std::vector<float> Vector(const std::string& name, std::uint64_t size) const {
    return Values(name, {size});
  }
  std::vector<float> Values(const std::string& name, const Shape& shape) const;
  Activations Rows(const Tensor& matrix, std::span<const std::uint64_t> rows) const;

  // Lets another thread read what is about to be used: all tensors of a prefix but single experts,
  // or those of a layer's experts listed.
  void ReadAhead(std::string_view prefix) const;
  void ReadExpertsAhead(std::size_t layer, std::span<const std::uint32_t> experts) const;

  // The first tensor under the prefix, of those used so far, that has NaN or infinity; with where.
  // Nothing if none has. `but`: a tensor to leave out.
  struct BadValue {
    const Tensor* tensor;
    std::uint64_t element;
    std::uint64_t offset_bytes;
  };
  std::optional<BadValue> FindBadValue(std::string_view prefix, const Tensor* but = nullptr) const;
  // The same in some rows of a matrix.
  std::optional<BadValue> FindBadRow(const Tensor& matrix,
                                     std::span<const std::uint64_t> rows) const;

  // Tensors that nothing has asked for so far, in order of name.
  std::vector<std::string_view> Unused() const;

 private:
  const Tensor& Require(const std::string& name) const;
  // Among elements [begin, end).
  std::optional<BadValue> FindBadValue(const Tensor& tensor, std::uint64_t begin,
                                       std::uint64_t end) const;
  // Tensors whose names begin so.
  std::span<const Tensor> Under(std::string_view prefix) const;

  Checkpoint checkpoint_;
  unsigned threads_;
  std::unique_ptr<std::atomic<bool>[]> used_;  // by index of tensor
  mutable ReadAheadThread read_ahead_;
};

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_WEIGHTS_H_
