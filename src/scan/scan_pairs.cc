#include "scan/scan_pairs.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"
#include "scan/magnitude_keys.h"
#include "scan/pair_block.h"
#include "scan/side_reader.h"

namespace modelkin {
namespace {

// With the brackets of magnitude_keys.cc, enough for all but tensors of over 10^8 elements.
constexpr std::size_t kMaxKeptKeys = std::size_t{1} << 20;

using ChunkData = std::array<std::span<const std::byte>, 2>;

// What a worker keeps from chunk to chunk.
struct WorkerScratch {
  BlockScratch block;
  std::array<std::vector<std::byte>, 2> raw;
  std::array<std::unique_ptr<KeyCollector>, 2> keys;

  void UseFor(const std::array<SideReader, 2>& sides) {
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
    PairScan scan{.moments = result_};
    if (quantiles_ && result_.finite_pairs > 0) {
      scan.quantile_a = Quantile(0);
      scan.quantile_b = Quantile(1);
    }
    return scan;
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
    const ChunkData data = {sides_[0].Read(begin, length, scratch.raw[0]),
                            sides_[1].Read(begin, length, scratch.raw[1])};
    scratch.UseFor(sides_);
    const DType type_a = sides_[0].dtype();
    const DType type_b = sides_[1].dtype();
    const Pivots pivots = ChoosePivots(type_a, data[0].data(), type_b, data[1].data(), length);
    PairMoments moments;
    for (std::uint64_t done = 0; done < length; done += kMaxBlockElements) {
      const std::size_t count = std::min<std::uint64_t>(kMaxBlockElements, length - done);
      const std::byte* const a = data[0].data() + done * sides_[0].byte_width();
      const std::byte* const b = data[1].data() + done * sides_[1].byte_width();
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
    moments_ = {};
    EndQuantilePass();
  }

  void EndQuantilePass() {
    for (std::size_t side = 0; side < 2; ++side) {
      if (!open_[side]) continue;
      const PassEnd end = searches_[side]->EndPass(result_.finite_pairs);
      if (end == PassEnd::kContradiction) sides_[side].FailForChange();
      open_[side] = end == PassEnd::kOpen;
    }
    chunks_left_ = chunk_count();
  }

  double Quantile(std::size_t side) const {
    const DType dtype = sides_[side].dtype();
    const double lower = MagnitudeOfKey(dtype, searches_[side]->lower_key());
    const double upper = MagnitudeOfKey(dtype, searches_[side]->upper_key());
    return lower + searches_[side]->fraction() * (upper - lower);
  }

  std::array<SideReader, 2> sides_;
  std::uint64_t elements_;
  bool quantiles_;
  std::once_flag begun_;
  std::vector<PairMoments> moments_;  // of each chunk
  std::atomic<std::uint64_t> chunks_left_{0};
  std::array<std::unique_ptr<QuantileSearch>, 2> searches_;
  std::array<bool, 2> open_ = {false, false};
  PairMoments result_;
};

struct Chunk {
  PairJob* job;
  std::uint64_t index;
};

std::vector<Chunk> ChunksOf(std::span<PairJob* const> jobs) {
  std::vector<Chunk> chunks;
  for (PairJob* const job : jobs) {
    for (std::uint64_t i = 0; i < job->chunk_count(); ++i) chunks.push_back({job, i});
  }
  return chunks;
}

void RunPass(std::span<PairJob* const> jobs, unsigned threads, const std::string& stage,
             Progress& progress, void (PairJob::*run)(std::uint64_t, WorkerScratch&)) {
  const std::vector<Chunk> chunks = ChunksOf(jobs);
  std::uint64_t bytes = 0;
  for (const Chunk& chunk : chunks) bytes += chunk.job->ChunkBytes(chunk.index);
  progress.Begin(stage, bytes);
  std::vector<WorkerScratch> scratch(threads);
  ParallelFor(threads, chunks.size(), [&](std::size_t i, unsigned worker) {
    const Chunk& chunk = chunks[i];
    (chunk.job->*run)(chunk.index, scratch[worker]);
    progress.Advance(chunk.job->ChunkBytes(chunk.index));
  });
}

// In the order in which A's bytes lie in its files, so that reading runs forward.
std::vector<PairJob*> InReadingOrder(std::span<const TensorPair> pairs,
                                     std::span<const std::unique_ptr<PairJob>> jobs) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (jobs[i]) order.push_back(i);
  }
  std::ranges::sort(order, {}, [&](std::size_t i) {
    return std::tuple(pairs[i].a->file, pairs[i].a->offset_bytes, i);
  });
  std::vector<PairJob*> ordered;
  ordered.reserve(order.size());
  for (const std::size_t i : order) ordered.push_back(jobs[i].get());
  return ordered;
}

}  // namespace

std::vector<PairScan> ScanPairs(const Checkpoint& a, const Checkpoint& b,
                                std::span<const TensorPair> pairs, const ScanOptions& options,
                                Progress& progress) {
  const unsigned threads = options.threads == 0 ? AvailableThreads() : options.threads;
  std::vector<std::unique_ptr<PairJob>> jobs(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (pairs[i].comparable())
      jobs[i] = std::make_unique<PairJob>(a, b, pairs[i], options.quantiles);
  }
  std::vector<PairJob*> left = InReadingOrder(pairs, jobs);
  RunPass(left, threads, "comparing", progress, &PairJob::RunChunk);
  for (;;) {
    std::erase_if(left, [](const PairJob* job) { return !job->NeedsAnotherPass(); });
    if (left.empty()) break;
    RunPass(left, threads, "quantiles", progress, &PairJob::RunQuantileChunk);
  }
  a.RequireUnchanged();
  b.RequireUnchanged();
  std::vector<PairScan> results(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (jobs[i]) results[i] = jobs[i]->Result();
  }
  return results;
}

}  // namespace modelkin
