// One tensor of a merge: what all of it says first, then its elements by ranges.
#ifndef MODELKIN_MERGING_TENSOR_MERGER_H_
#define MODELKIN_MERGING_TENSOR_MERGER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "merging/arc_rule.h"
#include "merging/change_rule.h"
#include "merging/merge_plan.h"
#include "merging/value_reader.h"

namespace modelkin {

// What comparing merged elements with a result's has counted.
struct MergeCounts {
  std::uint64_t elements = 0;
  std::uint64_t equal = 0;  // to the bit
  // Elements where not all models have the same, and of these the equal ones: others say nothing.
  std::uint64_t telling = 0, telling_equal = 0;
  // Equal ones for which the result itself said which changes were kept.
  std::uint64_t read_off = 0;
  // Of each model whose changes chance dropped: those that are known to be kept, of those known.
  std::vector<std::uint64_t> kept, known;
  double squared_difference = 0, squared_result = 0;  // sums over finite elements
  double largest_difference = 0;

  void Add(const MergeCounts& more);
};

// How a tensor came about that the recipe alone does not say.
struct MergeReadings {
  std::vector<float> scales;                 // of changes, by model; empty where none is scaled
  std::optional<int> base_ulps, other_ulps;  // that an arc's factors were moved by to fit
  bool is_unfused = false;  // products rounded before they are added, as old torch does
};

class TensorMerger {
 public:
  static constexpr std::uint64_t kChunk = kArcChunk;

  // `result`: what the merge is compared with, under the tensor's name; may be null. All have to
  // outlive this.
  TensorMerger(const PlannedTensor& planned, const std::vector<const Checkpoint*>& models,
               const Checkpoint* result);

  std::uint64_t chunks() const { return (planned_.elements + kChunk - 1) / kChunk; }
  // Reads all of the tensors as often as the method needs.
  void Prepare(unsigned threads);
  // Appends the merged elements of a chunk, as bytes of PlannedTensor::out_dtype, to `bytes`, where
  // it is not null, and counts in `counts`, if there is a result. Any number of threads at once.
  void Merge(std::uint64_t chunk, std::vector<std::byte>* bytes, MergeCounts& counts) const;

  // Whether the result has it, of the same shape.
  bool is_compared() const { return result_.has_value(); }
  const MergeReadings& readings() const { return readings_; }
  void RequireNothingLost() const;

 private:
  struct Values {
    std::vector<float> base;
    std::vector<std::vector<float>> sources;
    std::vector<float> result;
  };

  std::uint64_t CountOf(std::uint64_t chunk) const;
  void ReadChunk(std::uint64_t chunk, Values& values) const;
  void PrepareChanges(unsigned threads);
  float ScaleOfLargest(const ChunkValues& read, const ChangeTerm& term) const;
  void ReadScales();
  void PrepareArc(unsigned threads);
  void PrepareSum();
  std::vector<float> MergeValues(const Values& values, std::uint64_t count,
                                 MergeCounts& counts) const;
  float MergeChanges(const Values& values, std::uint64_t k, MergeCounts& counts) const;
  float MergeElement(const Values& values, std::uint64_t k) const;
  void Count(const Values& values, const std::vector<float>& merged, MergeCounts& counts) const;
  void Copy(std::uint64_t chunk, std::vector<std::byte>* bytes, MergeCounts& counts) const;

  const PlannedTensor& planned_;
  const std::vector<const Checkpoint*>& models_;
  SourceTensor result_tensor_;
  std::optional<ValueReader> base_, result_;
  std::vector<ValueReader> sources_;
  ChangeRule changes_;
  ArcFactors arc_;
  std::vector<float> weights_;  // of a sum
  float all_weights_ = 1;
  MergeReadings readings_;
};

}  // namespace modelkin

#endif  // MODELKIN_MERGING_TENSOR_MERGER_H_
