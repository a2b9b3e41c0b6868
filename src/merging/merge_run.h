// A merge carried out: its tensors one after the other, compared with those of a result, or handed
// on to be written.
#ifndef MODELKIN_MERGING_MERGE_RUN_H_
#define MODELKIN_MERGING_MERGE_RUN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "merging/merge_plan.h"
#include "merging/tensor_merger.h"

namespace modelkin {

enum class MergedState : std::uint8_t {
  kMerged,      // there is nothing to compare it with
  kSkipped,     // PlannedTensor::skipped says why
  kEqual,       // to the bit
  kReadOff,     // the same, where the result itself says which changes were kept
  kDiffers,     // some elements do
  kMissing,     // the result has no such tensor
  kOtherShape,  // it has one of another shape
  kOtherType,   // it has one of another element type
};

// As outputs call them, in the order of the values.
inline constexpr std::array<std::string_view, 8> kMergedStateNames = {
    "merged", "skipped", "equal", "read_off", "differs", "missing", "other_shape", "other_type"};

struct MergedTensor {
  const PlannedTensor* planned = nullptr;  // into the plan
  MergedState state = MergedState::kMerged;
  MergeCounts counts;
  MergeReadings readings;
};

struct MergeRun {
  std::vector<MergedTensor> tensors;        // in the plan's order
  std::vector<std::string> only_in_result;  // tensors of the result that the recipe makes none of
};

// Takes the bytes of a planned tensor, part by part, tensors in the plan's order.
using MergedBytes = std::function<void(std::size_t tensor, std::span<const std::byte> bytes)>;

// `result` may be null, and `write` empty. All of the models have to outlive this. Numbers do not
// depend on `threads`. Memory is bounded whatever the size of tensors.
MergeRun RunMerge(const MergePlan& plan, const std::vector<const Checkpoint*>& models,
                  const Checkpoint* result, const MergedBytes& write, unsigned threads,
                  Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_MERGING_MERGE_RUN_H_
