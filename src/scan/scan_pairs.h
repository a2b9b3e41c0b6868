// One pass over the bytes of many tensor pairs.
#ifndef MODELKIN_SCAN_SCAN_PAIRS_H_
#define MODELKIN_SCAN_SCAN_PAIRS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/progress.h"
#include "checkpoint/checkpoint.h"
#include "scan/pair_moments.h"
#include "scan/pairing.h"

namespace modelkin {

// Elements of a pair that one job compares. Fixed, so that results do not depend on the threads.
inline constexpr std::uint64_t kChunkElements = std::uint64_t{1} << 19;

// The quantile of |a| and of |b| that comparisons report.
inline constexpr double kMagnitudeQuantile = 0.99;

struct ScanOptions {
  unsigned threads = 0;  // 0: as many as the process may use
  bool quantiles = true;
};

struct PairScan {
  PairMoments moments;
  // Exact kMagnitudeQuantile of |a| and |b| over the finite pairs, interpolated linearly between
  // order statistics; nullopt if not asked for or there are no finite pairs.
  std::optional<double> quantile_a, quantile_b;
};

// Scans those of `pairs` that are comparable(), and gives each to `take` with its index in `pairs`,
// one after the other, in no order. Bit-identical for any number of threads. Private memory: about
// 1 MiB a thread and at most 16 MiB a pair in progress, whatever the tensors' size and number.
// Throws Error(kBadInput), naming file, tensor and byte, if a file shrinks or changes meanwhile;
// and Interrupted.
using TakeScan = std::function<void(std::size_t, const PairScan&)>;
void ScanPairs(const Checkpoint& a, const Checkpoint& b, std::span<const TensorPair* const> pairs,
               const ScanOptions& options, Progress& progress, const TakeScan& take);

// The same with an entry for each pair, empty ones for those that are not comparable.
std::vector<PairScan> ScanPairs(const Checkpoint& a, const Checkpoint& b,
                                std::span<const TensorPair> pairs, const ScanOptions& options,
                                Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_SCAN_SCAN_PAIRS_H_
