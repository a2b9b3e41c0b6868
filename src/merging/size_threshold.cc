#include "merging/size_threshold.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>

#include "base/parallel.h"

namespace modelkin {
namespace {

constexpr std::size_t kSizeBuckets = std::size_t{1} << 16;

std::uint32_t SizeBits(float value) { return std::bit_cast<std::uint32_t>(value) & 0x7FFFFFFF; }

// How often each number below 2^16 occurs. Counts of threads add up to the same in any order.
class BucketCounts {
 public:
  BucketCounts() : counts_(kSizeBuckets) {}

  void Add(const std::vector<std::uint32_t>& own) {
    for (std::size_t i = 0; i < kSizeBuckets; ++i) {
      if (own[i] != 0) counts_[i].fetch_add(own[i], std::memory_order_relaxed);
    }
  }

  struct Place {
    std::uint32_t bucket = 0;
    std::uint64_t above = 0;  // elements in buckets of larger numbers
    std::uint64_t within = 0;
  };

  // The bucket of the `rank`-th largest, from 1.
  Place Find(std::uint64_t rank) const {
    Place place{.bucket = kSizeBuckets - 1};
    while (true) {
      place.within = counts_[place.bucket].load(std::memory_order_relaxed);
      if (place.above + place.within >= rank || place.bucket == 0) return place;
      place.above += place.within;
      --place.bucket;
    }
  }

 private:
  std::vector<std::atomic<std::uint64_t>> counts_;
};

}  // namespace

SizeThreshold FindSizeThreshold(const ChunkValues& read, std::size_t chunks, std::uint64_t kept,
                                unsigned threads) {
  const auto count = [&](BucketCounts& counts, const auto& bucket_of) {
    ParallelFor(threads, chunks, [&](std::size_t chunk, unsigned) {
      std::vector<float> values;
      std::vector<std::uint32_t> own(kSizeBuckets);
      read(chunk, values);
      for (const float value : values) {
        const std::uint32_t bucket = bucket_of(SizeBits(value));
        if (bucket < kSizeBuckets) ++own[bucket];
      }
      counts.Add(own);
    });
  };
  BucketCounts high;
  count(high, [](std::uint32_t bits) { return bits >> 16; });
  const auto of_high = high.Find(kept);
  BucketCounts low;
  count(low, [&](std::uint32_t bits) {
    return bits >> 16 == of_high.bucket ? bits & 0xFFFF : UINT32_MAX;
  });
  const auto of_low = low.Find(kept - of_high.above);
  return {.bits = of_high.bucket << 16 | of_low.bucket,
          .at_edge = of_low.within,
          .kept_at_edge = kept - of_high.above - of_low.above};
}

}  // namespace modelkin
