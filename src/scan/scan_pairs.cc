#include "scan/scan_pairs.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <iterator>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"
#include "checkpoint/tensor_reader.h"
#include "scan/magnitude_keys.h"
#include "scan/pair_block.h"

namespace modelkin {
namespace {

// With the brackets of magnitude_keys.cc, enough for all but tensors of over 10^8 elements.
constexpr std::size_t kMaxKeptKeys = std::size_t{1} << 20;

// Pairs that are begun together: some checkpoints have a scale of a few elements for each tensor.
constexpr std::size_t kPairsAtOnce = 4096;

// A chunk of one side. What has to be decoded or gathered is made block by block, and so stays in
// the nearest caches.
class ChunkSide {
 public:
  ChunkSide(const TensorReader& reader, std::uint64_t begin, std::uint64_t length,
            std::vector<std::byte>& scratch)
      : reader_(reader), begin_(begin), scratch_(scratch) {
    if (reader.is_in_place()) in_place_ = reader.Read(begin, length, scratch).data();
  }

  // The bytes of elements from `begin` of the chunk on; valid until it is called again.
  const std::byte* Elements(std::uint64_t begin, std::uint64_t count) {
    if (in_place_ != nullptr) return in_place_ + begin * reader_.byte_width();
    return reader_.Read(begin_ + begin, count, scratch_).data();
  }

  float Pivot(std::uint64_t length) {
    return ChoosePivot(reader_.dtype(), length, [this](std::size_t begin, std::size_t count) {
      return Elements(begin, count);
    });
  }

 private:
  const TensorReader& reader_;
  std::uint64_t begin_;
  std::vector<std::byte>& scratch_;
  const std::byte* in_place_ = nullptr;
};

// What a worker keeps from chunk to chunk.
struct WorkerScratch {
  BlockScratch block;
  std::array<std::vector<std::byte>, 2> raw;
  std::array<std::unique_ptr<KeyCollector>, 2> keys;

  void UseFor(const std::array<TensorReader, 2>& sides) {
    for (std::size_t i = 0; i < 2; ++i) {
      if (keys[i] == nullptr || keys[i]->dtype() != sides[i].dtype()) {
        keys[i] = std::make_unique<KeyCollector>(sides[i].dtype());
      }
    }
  }
};

// Both sides of one pair, and what is known of it so far.
class PairJob {
 public:
  PairJob(const Checkpoint& a, const Checkpoint& b, const TensorPair& pair, bool quantiles)
      : sides_{{{a, *pair.a}, {b, *pair.b}}}, elements_(pair.a->elements), quantiles_(quantiles) {}

  std::uint64_t elements() const { return elements_; }
  std::uint64_t chunk_count() const { return (elements_ + kChunkElements - 1) / kChunkElements; }
  std::uint64_t ChunkBytes(std::uint64_t chunk) const {
    return ChunkLength(chunk) * (sides_[0].byte_width() + sides_[1].byte_width());
  }

  // Compares one chunk. The last chunk to end merges all of them, in order.
  void RunChunk(std::uint64_t chunk, WorkerScratch& scratch) {
    std::call_once(begun_, [&] { Begin(); });
    moments_[chunk] = CompareChunk(chunk, scratch);
    if (--chunks_left_ == 0) Finish();
  }

  // Shows one chunk once more to the searches that are still open.
  void RunQuantileChunk(std::uint64_t chunk, WorkerScratch& scratch) {
    CompareChunk(chunk, scratch);
    if (--chunks_left_ == 0) EndQuantilePass();
  }

  bool NeedsAnotherPass() const { return open_[0] || open_[1]; }

  PairScan Result() const {
    return {
        .moments = result_, .quantile_a = quantiles_found_[0], .quantile_b = quantiles_found_[1]};
  }

 private:
  std::uint64_t ChunkLength(std::uint64_t chunk) const {
    return std::min(kChunkElements, elements_ - chunk * kChunkElements);
  }

  void Begin() {
    moments_.resize(chunk_count());
    chunks_left_ = chunk_count();
    for (std::size_t side = 0; quantiles_ && side < 2; ++side) {
      const DType dtype = sides_[side].dtype();
      std::vector<double> sample = sides_[side].Sample();
      searches_[side] = std::make_unique<QuantileSearch>(
          kMagnitudeQuantile, GuessBracket(dtype, kMagnitudeQuantile, sample),
          LargestFiniteKey(dtype), kMaxKeptKeys);
      open_[side] = true;
    }
  }

  PairMoments CompareChunk(std::uint64_t chunk, WorkerScratch& scratch) {
    const std::uint64_t begin = chunk * kChunkElements;
    const std::uint64_t length = ChunkLength(chunk);
    ChunkSide side_a(sides_[0], begin, length, scratch.raw[0]);
    ChunkSide side_b(sides_[1], begin, length, scratch.raw[1]);
    scratch.UseFor(sides_);
    const DType type_a = sides_[0].dtype();
    const DType type_b = sides_[1].dtype();
    const Pivots pivots{.a = side_a.Pivot(length), .b = side_b.Pivot(length)};
    PairMoments moments;
    for (std::uint64_t done = 0; done < length; done += kMaxBlockElements) {
      const std::size_t count = std::min<std::uint64_t>(kMaxBlockElements, length - done);
      const std::byte* const a = side_a.Elements(done, count);
      const std::byte* const b = side_b.Elements(done, count);
      const BlockResult block =
          ComparePairBlock(type_a, a, type_b, b, count, pivots, scratch.block);
      moments.Merge(block.moments);
      if (NeedsAnotherPass()) AddKeys({a, b}, count, block.all_finite, scratch);
    }
    for (std::size_t side = 0; side < 2; ++side) {
      if (open_[side]) scratch.keys[side]->Flush(*searches_[side]);
      sides_[side].RequireNothingLost();
    }
    return moments;
  }

  void AddKeys(std::array<const std::byte*, 2> data, std::size_t count, bool all_finite,
               WorkerScratch& scratch) {
    for (std::size_t side = 0; side < 2; ++side) {
      if (!open_[side]) continue;
      if (all_finite) {
        scratch.keys[side]->AddFinite(data[side], count, *searches_[side]);
      } else {
        scratch.keys[side]->AddSelected(data[side], scratch.block.finite_pairs, *searches_[side]);
      }
    }
  }

  void Finish() {
    for (const PairMoments& moments : moments_) result_.Merge(moments);
    moments_ = std::vector<PairMoments>();  // releases memory, as {} would not
    EndQuantilePass();
  }

  void EndQuantilePass() {
    for (std::size_t side = 0; side < 2; ++side) {
      if (!open_[side]) continue;
      const PassEnd end = searches_[side]->EndPass(result_.finite_pairs);
      if (end == PassEnd::kContradiction) sides_[side].FailForChange();
      open_[side] = end == PassEnd::kOpen;
      if (open_[side]) continue;
      if (result_.finite_pairs > 0) quantiles_found_[side] = Quantile(side);
      searches_[side].reset();  // there may be many tensors
    }
    chunks_left_ = chunk_count();
  }

  double Quantile(std::size_t side) const {
    const DType dtype = sides_[side].dtype();
    const double lower = MagnitudeOfKey(dtype, searches_[side]->lower_key());
    const double upper = MagnitudeOfKey(dtype, searches_[side]->upper_key());
    return lower + searches_[side]->fraction() * (upper - lower);
  }

  std::array<TensorReader, 2> sides_;
  std::uint64_t elements_;
  bool quantiles_;
  std::once_flag begun_;
  std::vector<PairMoments> moments_;  // of each chunk
  std::atomic<std::uint64_t> chunks_left_{0};
  std::array<std::unique_ptr<QuantileSearch>, 2> searches_;
  std::array<bool, 2> open_ = {false, false};
  std::array<std::optional<double>, 2> quantiles_found_;
  PairMoments result_;
};

// A pair that is being scanned, and its index among all.
struct RunningJob {
  std::size_t index;
  std::unique_ptr<PairJob> job;
};

struct Chunk {
  PairJob* job;
  std::uint64_t index;
};

void RunChunks(std::span<const RunningJob> jobs, std::span<WorkerScratch> scratch,
               Progress& progress, void (PairJob::*run)(std::uint64_t, WorkerScratch&)) {
  std::vector<Chunk> chunks;
  for (const RunningJob& running : jobs) {
    for (std::uint64_t i = 0; i < running.job->chunk_count(); ++i) {
      chunks.push_back({running.job.get(), i});
    }
  }
  ParallelFor(static_cast<unsigned>(scratch.size()), chunks.size(),
              [&](std::size_t i, unsigned worker) {
                const Chunk& chunk = chunks[i];
                (chunk.job->*run)(chunk.index, scratch[worker]);
                progress.Advance(chunk.job->ChunkBytes(chunk.index));
              });
}

// In the order in which A's bytes lie in its files, so that reading runs forward.
std::vector<std::size_t> InReadingOrder(std::span<const TensorPair* const> pairs) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (pairs[i]->comparable()) order.push_back(i);
  }
  std::ranges::sort(order, {}, [&](std::size_t i) {
    return std::tuple(pairs[i]->a->file, pairs[i]->a->offset_bytes, i);
  });
  return order;
}

std::uint64_t BytesOf(const Checkpoint& a, const Checkpoint& b, const TensorPair& pair) {
  return pair.a->elements *
         (TensorReader(a, *pair.a).byte_width() + TensorReader(b, *pair.b).byte_width());
}

// Gives away what is known, and keeps the others.
void TakeKnown(std::vector<RunningJob>& jobs, const TakeScan& take) {
  for (RunningJob& running : jobs) {
    if (running.job->NeedsAnotherPass()) continue;
    take(running.index, running.job->Result());
    running.job.reset();
  }
  std::erase_if(jobs, [](const RunningJob& running) { return running.job == nullptr; });
}

}  // namespace

void ScanPairs(const Checkpoint& a, const Checkpoint& b, std::span<const TensorPair* const> pairs,
               const ScanOptions& options, Progress& progress, const TakeScan& take) {
  const std::vector<std::size_t> order = InReadingOrder(pairs);
  std::uint64_t bytes = 0;
  for (const std::size_t i : order) bytes += BytesOf(a, b, *pairs[i]);
  progress.Begin("comparing", bytes);
  std::vector<WorkerScratch> scratch(options.threads == 0 ? AvailableThreads() : options.threads);
  std::vector<RunningJob> left;
  for (std::size_t begin = 0; begin < order.size(); begin += kPairsAtOnce) {
    std::vector<RunningJob> group;
    for (std::size_t k = begin; k < std::min(begin + kPairsAtOnce, order.size()); ++k) {
      const std::size_t i = order[k];
      group.push_back({i, std::make_unique<PairJob>(a, b, *pairs[i], options.quantiles)});
    }
    RunChunks(group, scratch, progress, &PairJob::RunChunk);
    TakeKnown(group, take);
    std::ranges::move(group, std::back_inserter(left));
  }
  while (!left.empty()) {
    bytes = 0;
    for (const RunningJob& running : left) bytes += BytesOf(a, b, *pairs[running.index]);
    progress.Begin("quantiles", bytes);
    RunChunks(left, scratch, progress, &PairJob::RunQuantileChunk);
    TakeKnown(left, take);
  }
  a.RequireUnchanged();
  b.RequireUnchanged();
}

std::vector<PairScan> ScanPairs(const Checkpoint& a, const Checkpoint& b,
                                std::span<const TensorPair> pairs, const ScanOptions& options,
                                Progress& progress) {
  std::vector<const TensorPair*> all;
  all.reserve(pairs.size());
  for (const TensorPair& pair : pairs) all.push_back(&pair);
  std::vector<PairScan> results(pairs.size());
  ScanPairs(a, b, all, options, progress,
            [&](std::size_t i, const PairScan& scan) { results[i] = scan; });
  return results;
}

}  // namespace modelkin
