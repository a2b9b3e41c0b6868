// Elements of a source's tensor, or of a result's, by ranges.
#ifndef MODELKIN_MERGING_VALUE_READER_H_
#define MODELKIN_MERGING_VALUE_READER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "checkpoint/tensor_reader.h"
#include "merging/source_catalogue.h"

namespace modelkin {

// Points into the checkpoint. Any number of threads at once.
class ValueReader {
 public:
  // Values as those of `dtype`, rounded where they are stored wider.
  ValueReader(const Checkpoint& checkpoint, const SourceTensor& tensor, DType dtype);

  // Elements [begin, begin + count) of the parts one after the other. Errors name the part.
  void Read(std::uint64_t begin, std::uint64_t count, std::vector<float>& out) const;
  // Their bytes as they are stored.
  void ReadBytes(std::uint64_t begin, std::uint64_t count, std::vector<std::byte>& out) const;
  void RequireNothingLost() const;

 private:
  // Calls use(bytes, count) for each run of elements within a part.
  template <class Use>
  void ForEachRun(std::uint64_t begin, std::uint64_t count, const Use& use) const;

  std::vector<TensorReader> parts_;
  std::vector<std::uint64_t> ends_;  // of each part, in elements
  DType dtype_;
};

}  // namespace modelkin

#endif  // MODELKIN_MERGING_VALUE_READER_H_
