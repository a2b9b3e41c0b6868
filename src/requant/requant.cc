#include "requant/requant.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "base/parallel.h"
#include "checkpoint/tensor_reader.h"
#include "requant/tensor_check.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kChunkValues = std::uint64_t{1} << 18;

// A range of units of one tensor.
struct Chunk {
  std::size_t tensor = 0;
  std::uint64_t begin = 0, count = 0;
  std::uint64_t bytes = 0;  // of the original, for progress
};

bool HasEnding(const std::string& name, std::string_view ending) { return name.ends_with(ending); }

// Rows of the one may be more than those of the other: of tokens that a tokenizer lacks.
bool HaveSameRows(const Tensor& a, const Tensor& q) {
  return !a.shape.empty() && a.shape.size() == q.shape.size() && q.view == nullptr &&
         std::equal(a.shape.begin() + 1, a.shape.end(), q.shape.begin() + 1);
}

class Requantiser {
 public:
  Requantiser(const Checkpoint& original, const Checkpoint& quantised, const Pairing& pairing,
              unsigned threads, Progress& progress)
      : original_(original), quantised_(quantised), threads_(threads), progress_(progress) {
    for (const TensorPair& pair : pairing.pairs) {
      result_.tensors.push_back({.pair = pair});
    }
  }

  Requantisation Run() {
    PairTiedHead();
    checks_.resize(result_.tensors.size());
    progress_.BeginCount("quantisers", result_.tensors.size(), "tensors");
    ParallelFor(threads_, result_.tensors.size(), [&](std::size_t i, unsigned) {
      MakeCheck(i);
      progress_.Advance(1);
    });
    CheckAll();
    Sum();
    return std::move(result_);
  }

 private:
  // A head that is stored, where the original's is its embedding.
  void PairTiedHead() {
    const Tensor* embedding = nullptr;
    for (const TensorRequant& tensor : result_.tensors) {
      const Tensor* const a = tensor.pair.a;
      if (a == nullptr) continue;
      if (HasEnding(a->name, "lm_head.weight")) return;
      if (HasEnding(a->name, "embed_tokens.weight")) embedding = a;
    }
    if (embedding == nullptr) return;
    for (TensorRequant& tensor : result_.tensors) {
      TensorPair& pair = tensor.pair;
      if (pair.a == nullptr && HasEnding(pair.b->name, "lm_head.weight") &&
          pair.b->shape == embedding->shape) {
        pair.a = embedding;
      }
    }
  }

  void MakeCheck(std::size_t i) {
    TensorRequant& result = result_.tensors[i];
    const TensorPair& pair = result.pair;
    if (pair.a == nullptr) {
      result.reason = "the original has no such tensor";
    } else if (pair.b == nullptr) {
      result.reason = "only the original has it";
    } else if (pair.packed()) {
      result.reason = "it is stored in a form that is not read";
    } else if (!pair.same_shape() && !HaveSameRows(*pair.a, *pair.b)) {
      result.outcome = RequantOutcome::kDeviates;
      result.reason = fmt::format("its shape is {}, the original's {}", ShapeText(pair.b->shape),
                                  ShapeText(pair.a->shape));
    } else if (!IsComparable(pair.a->dtype) || pair.b->elements == 0) {
      result.reason = "it has no values that are compared";
    } else {
      const CheckedPair checked{original_, *pair.a, quantised_, *pair.b};
      for (const auto make : {MakeBlockCheck, MakeGroupCheck, MakeCastCheck, MakeGridCheck}) {
        checks_[i] = make(checked, result.reason);
        if (checks_[i] != nullptr) break;
      }
      if (checks_[i] == nullptr) return;
      result.reason.clear();
      result.block_values = checks_[i]->block_values();
      if (pair.a->elements != pair.b->elements) {
        result.reason = fmt::format("it has {} rows, the original {}: those of both are compared",
                                    pair.b->shape[0], pair.a->shape[0]);
      }
    }
  }

  std::vector<Chunk> Chunks() const {
    std::vector<Chunk> chunks;
    for (std::size_t i = 0; i < checks_.size(); ++i) {
      if (checks_[i] == nullptr) continue;
      const std::uint64_t of_unit = std::max<std::uint64_t>(checks_[i]->UnitValues(), 1);
      const std::uint64_t step = std::max<std::uint64_t>(kChunkValues / of_unit, 1);
      const Tensor& a = *result_.tensors[i].pair.a;
      for (std::uint64_t begin = 0; begin < checks_[i]->units(); begin += step) {
        const std::uint64_t count = std::min(step, checks_[i]->units() - begin);
        chunks.push_back(
            {.tensor = i,
             .begin = begin,
             .count = count,
             .bytes = StoredBytes(a) / std::max<std::uint64_t>(a.elements, 1) * count * of_unit});
      }
    }
    return chunks;
  }

  void CheckAll() {
    const std::vector<Chunk> chunks = Chunks();
    std::uint64_t bytes = 0;
    for (const Chunk& chunk : chunks) bytes += chunk.bytes;
    progress_.Begin("requantising", bytes);
    std::vector<BlockTally> tallies(chunks.size());
    ParallelFor(threads_, chunks.size(), [&](std::size_t i, unsigned) {
      tallies[i] = checks_[chunks[i].tensor]->Check(chunks[i].begin, chunks[i].count);
      progress_.Advance(chunks[i].bytes);
    });
    std::vector<BlockTally> of_tensors(checks_.size());
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      of_tensors[chunks[i].tensor].Merge(tallies[i]);
    }
    for (std::size_t i = 0; i < checks_.size(); ++i) {
      if (checks_[i] == nullptr) continue;
      TensorRequant& result = result_.tensors[i];
      TensorReader(original_, *result.pair.a).RequireNothingLost();
      TensorReader(quantised_, *result.pair.b).RequireNothingLost();
      checks_[i]->Conclude(of_tensors[i], result);
    }
    ExcuseScaledNorms();
  }

  // What a quantiser multiplies into columns it divides out of the vectors before them.
  void ExcuseScaledNorms() {
    const bool may_be_scaled =
        std::ranges::any_of(result_.tensors, [](const TensorRequant& tensor) {
          const Tensor* const q = tensor.pair.b;
          const auto* const layout = q == nullptr || q->coded == nullptr
                                         ? nullptr
                                         : std::get_if<GroupsLayout>(&q->coded->layout);
          return layout != nullptr && layout->may_be_scaled;
        });
    if (!may_be_scaled) return;
    for (TensorRequant& tensor : result_.tensors) {
      const bool is_vector = tensor.blocks > 0 && tensor.pair.b->shape.size() == 1;
      if (!is_vector || tensor.outcome != RequantOutcome::kDeviates) continue;
      tensor.outcome = RequantOutcome::kUnchecked;
      tensor.blocks = tensor.blocks_deviating = tensor.blocks_consistent = 0;
      tensor.first_deviating.clear();
      tensor.reason = "the quantiser may have divided it by what it multiplied columns with";
    }
  }

  void Sum() {
    RequantCounts& counts = result_.counts;
    for (const TensorRequant& tensor : result_.tensors) {
      const Tensor* const q = tensor.pair.b;
      counts.quantised += q != nullptr && q->coded != nullptr && q->coded->is_quantised ? 1 : 0;
      counts.only_in_original += q == nullptr ? 1 : 0;
      counts.only_in_quantised += tensor.pair.a == nullptr ? 1 : 0;
      counts.identical += tensor.outcome == RequantOutcome::kIdentical ? 1 : 0;
      counts.consistent += tensor.outcome == RequantOutcome::kConsistent ? 1 : 0;
      counts.deviating += tensor.outcome == RequantOutcome::kDeviates ? 1 : 0;
      const bool is_unchecked = tensor.outcome == RequantOutcome::kUnchecked;
      counts.unchecked += is_unchecked && !tensor.pair.one_sided() ? 1 : 0;
      counts.blocks += tensor.blocks;
      counts.blocks_consistent += tensor.blocks_consistent;
      counts.blocks_deviating += tensor.blocks_deviating;
    }
    // What the original does not have, it does not explain.
    if (counts.deviating > 0 || counts.only_in_quantised > 0) {
      result_.outcome = RequantOutcome::kDeviates;
    } else if (counts.consistent > 0 || counts.unchecked > 0) {
      result_.outcome = RequantOutcome::kConsistent;
    } else {
      result_.outcome = RequantOutcome::kIdentical;
    }
    if (counts.identical + counts.consistent + counts.deviating == 0) {
      result_.outcome = RequantOutcome::kUnchecked;
    }
  }

  const Checkpoint& original_;
  const Checkpoint& quantised_;
  unsigned threads_;
  Progress& progress_;
  Requantisation result_;
  std::vector<std::unique_ptr<const TensorCheck>> checks_;
};

}  // namespace

Requantisation Requantise(const Checkpoint& original, const Checkpoint& quantised,
                          const Pairing& pairing, unsigned threads, Progress& progress) {
  return Requantiser(original, quantised, pairing, threads, progress).Run();
}

}  // namespace modelkin
