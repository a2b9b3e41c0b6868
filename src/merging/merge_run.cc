#include "merging/merge_run.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "base/parallel.h"

namespace modelkin {
namespace {

// Chunks and tensors that are worked on at once.
constexpr std::uint64_t kElementsAtOnce = std::uint64_t{1} << 23;
constexpr std::size_t kTensorsAtOnce = 512;

struct MergeChunk {
  std::size_t tensor = 0;
  std::uint64_t chunk = 0;
};

MergedState StateOf(const PlannedTensor& planned, const Checkpoint* result) {
  if (!planned.skipped.empty()) return MergedState::kSkipped;
  if (result == nullptr) return MergedState::kMerged;
  const Tensor* const found = result->Find(planned.name);
  if (found == nullptr) return MergedState::kMissing;
  if (found->shape != planned.shape) return MergedState::kOtherShape;
  const bool same_type = found->dtype == planned.out_dtype && found->coded == nullptr;
  return same_type ? MergedState::kEqual : MergedState::kOtherType;
}

class MergeRunner {
 public:
  MergeRunner(const MergePlan& plan, const std::vector<const Checkpoint*>& models,
              const Checkpoint* result, const MergedBytes& write, unsigned threads,
              Progress& progress)
      : plan_(plan),
        models_(models),
        result_(result),
        write_(write),
        threads_(threads),
        progress_(progress),
        mergers_(plan.tensors.size()) {}

  MergeRun Run() {
    std::uint64_t elements = 0;
    for (const PlannedTensor& planned : plan_.tensors) {
      run_.tensors.push_back({.planned = &planned, .state = StateOf(planned, result_)});
      elements += planned.elements;
    }
    progress_.BeginCount("merging", elements, "weights");
    std::vector<MergeChunk> window;
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < plan_.tensors.size(); ++i) {
      const PlannedTensor& planned = plan_.tensors[i];
      if (!IsWanted(i)) continue;
      mergers_[i] = std::make_unique<TensorMerger>(planned, models_, result_);
      for (std::uint64_t chunk = 0; chunk < mergers_[i]->chunks(); ++chunk) {
        window.push_back({i, chunk});
        size += std::min(TensorMerger::kChunk, planned.elements);
        if (size < kElementsAtOnce && window.size() < kTensorsAtOnce) continue;
        Work(window);
        window.clear();
        size = 0;
      }
    }
    Work(window);
    FindRest();
    return std::move(run_);
  }

 private:
  // Whether it is worked out: for a comparison, or to be written.
  bool IsWanted(std::size_t tensor) const {
    const MergedState state = run_.tensors[tensor].state;
    return state != MergedState::kSkipped && (write_ || state == MergedState::kEqual);
  }

  void Work(const std::vector<MergeChunk>& window) {
    Prepare(window);
    std::vector<std::vector<std::byte>> bytes(window.size());
    std::vector<MergeCounts> counts(window.size());
    ParallelFor(threads_, window.size(), [&](std::size_t i, unsigned) {
      const TensorMerger& merger = *mergers_[window[i].tensor];
      merger.Merge(window[i].chunk, write_ ? &bytes[i] : nullptr, counts[i]);
      merger.RequireNothingLost();
      progress_.Advance(counts[i].elements);
    });
    for (std::size_t i = 0; i < window.size(); ++i) {
      const std::size_t tensor = window[i].tensor;
      run_.tensors[tensor].counts.Add(counts[i]);
      if (write_) write_(tensor, bytes[i]);
      if (window[i].chunk + 1 == mergers_[tensor]->chunks()) Finish(tensor);
    }
  }

  // What whole tensors say, of those that begin here: small ones side by side, large ones by parts.
  void Prepare(const std::vector<MergeChunk>& window) {
    std::vector<TensorMerger*> small;
    for (const MergeChunk& one : window) {
      if (one.chunk != 0) continue;
      TensorMerger* const merger = mergers_[one.tensor].get();
      if (merger->chunks() > 1) {
        merger->Prepare(threads_);
      } else {
        small.push_back(merger);
      }
    }
    ParallelFor(threads_, small.size(), [&](std::size_t i, unsigned) { small[i]->Prepare(1); });
  }

  void Finish(std::size_t tensor) {
    MergedTensor& merged = run_.tensors[tensor];
    merged.readings = mergers_[tensor]->readings();
    mergers_[tensor].reset();
    if (merged.state != MergedState::kEqual) return;
    if (merged.counts.equal < merged.counts.elements) {
      merged.state = MergedState::kDiffers;
    } else if (merged.counts.read_off > 0) {
      merged.state = MergedState::kReadOff;
    }
  }

  void FindRest() {
    if (result_ == nullptr) return;
    std::set<std::string_view> made;
    for (const PlannedTensor& planned : plan_.tensors) made.insert(planned.name);
    for (const Tensor& tensor : result_->tensors()) {
      if (!made.contains(tensor.name)) run_.only_in_result.push_back(tensor.name);
    }
  }

  const MergePlan& plan_;
  const std::vector<const Checkpoint*>& models_;
  const Checkpoint* result_;
  const MergedBytes& write_;
  unsigned threads_;
  Progress& progress_;
  std::vector<std::unique_ptr<TensorMerger>> mergers_;
  MergeRun run_;
};

}  // namespace

MergeRun RunMerge(const MergePlan& plan, const std::vector<const Checkpoint*>& models,
                  const Checkpoint* result, const MergedBytes& write, unsigned threads,
                  Progress& progress) {
  return MergeRunner(plan, models, result, write, threads, progress).Run();
}

}  // namespace modelkin
