// Rate of a comparison against the rate at which the same threads can only read both files.
//
//   modelkin_bench_compare [FOLDER [MIB [ROUNDS [THREADS]]]]
//
// Files are in the page cache and larger than the last-level cache. Each round measures the floor,
// the moments and the whole comparison one after the other; ratios are medians over rounds of
// ratios within a round, so that what slows the machine for a while slows all three.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "checkpoint_maker.h"
#include "kernels/simd_target.h"
#include "numeric/decode.h"
#include "scan/comparison.h"
#include "word_sum.h"

namespace modelkin::bench {
namespace {

struct Settings {
  std::string folder = "/tmp/modelkin-bench";
  std::uint64_t mib = 1024;
  int rounds = 9;
  unsigned threads = AvailableThreads();
};

double Seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// Reads what the comparison reads, chunk by chunk on the same grid, and adds words.
std::uint64_t ReadBoth(const Checkpoint& a, const Checkpoint& b, unsigned threads) {
  struct Chunk {
    const Checkpoint* checkpoint;
    const Tensor* tensor;
    std::uint64_t offset, length;
  };
  std::vector<std::array<Chunk, 2>> chunks;
  for (const Tensor& tensor : a.tensors()) {
    const std::uint64_t step = kChunkElements * (BitWidth(tensor.dtype) / 8);
    for (std::uint64_t at = 0; at < tensor.length_bytes; at += step) {
      const std::uint64_t length = std::min(step, tensor.length_bytes - at);
      chunks.push_back({{{&a, &tensor, at, length}, {&b, b.Find(tensor.name), at, length}}});
    }
  }
  std::atomic<std::uint64_t> total{0};
  ParallelFor(threads, chunks.size(), [&](std::size_t i, unsigned) {
    std::vector<std::byte> scratch;
    for (const Chunk& chunk : chunks[i]) {
      total +=
          SumWords(chunk.checkpoint->SourceOf(*chunk.tensor)
                       .Read(chunk.tensor->offset_bytes + chunk.offset, chunk.length, scratch));
    }
  });
  return total;
}

// A plain loop in double over one tensor: the answers are looked at before they are timed.
double PlainCosine(const Checkpoint& a, const Checkpoint& b, const Tensor& tensor) {
  std::vector<std::byte> scratch;
  std::vector<double> x(tensor.elements);
  std::vector<double> y(tensor.elements);
  const Tensor& other = *b.Find(tensor.name);
  DecodeToDouble(tensor.dtype,
                 a.SourceOf(tensor).Read(tensor.offset_bytes, tensor.length_bytes, scratch).data(),
                 tensor.elements, x.data());
  DecodeToDouble(other.dtype,
                 b.SourceOf(other).Read(other.offset_bytes, other.length_bytes, scratch).data(),
                 tensor.elements, y.data());
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += x[i] * x[i];
    yy += y[i] * y[i];
    xy += x[i] * y[i];
  }
  return xy / std::sqrt(xx) / std::sqrt(yy);
}

void RequireRightAnswer(const Checkpoint& a, const Checkpoint& b, const Pairing& pairing,
                        unsigned threads) {
  Progress silent;
  const Comparison comparison = Compare(a, b, pairing, {.threads = threads}, silent);
  const ComparedTensor& first = comparison.tensors.front();
  const double expected = PlainCosine(a, b, *first.pair.a);
  const double found = first.metrics.cosine_similarity.value();
  if (std::abs(found - expected) > 1e-7) {
    fmt::print(stderr, "wrong answer: cosine {} instead of {}\n", found, expected);
    std::exit(1);
  }
}

void MeasureType(DType dtype, const Settings& settings) {
  const Checkpoint a = OpenCheckpoint(MakeCheckpoint(settings.folder, dtype, settings.mib, 1));
  const Checkpoint b = OpenCheckpoint(MakeCheckpoint(settings.folder, dtype, settings.mib, 2));
  const Pairing pairing = PairByName(a, b, {});
  RequireRightAnswer(a, b, pairing, settings.threads);  // and warms the page cache
  Progress silent;
  const auto scan = [&](bool quantiles) {
    ScanPairs(a, b, pairing.pairs, {.threads = settings.threads, .quantiles = quantiles}, silent);
  };
  std::uint64_t sum = 0;
  std::vector<double> floors, moments, quantiles, moment_ratios, quantile_ratios;
  for (int round = 0; round < settings.rounds; ++round) {
    floors.push_back(Seconds([&] { sum += ReadBoth(a, b, settings.threads); }));
    moments.push_back(Seconds([&] { scan(false); }));
    quantiles.push_back(Seconds([&] { scan(true); }));
    moment_ratios.push_back(floors.back() / moments.back());
    quantile_ratios.push_back(floors.back() / quantiles.back());
  }
  const auto rate = [&](const std::vector<double>& seconds) {
    return static_cast<double>(a.total_bytes() + b.total_bytes()) / Median(seconds) / 1e9;
  };
  fmt::print(
      "{:<5} floor {:5.1f} GB/s   moments {:5.1f} GB/s = {:.2f} (>= 0.85)   with exact quantiles "
      "{:5.1f} GB/s = {:.2f} (>= 0.50)   [{:x}]\n",
      DTypeName(dtype), rate(floors), rate(moments), Median(moment_ratios), rate(quantiles),
      Median(quantile_ratios), sum & 0xFFFF);
}

}  // namespace
}  // namespace modelkin::bench

int main(int argc, char** argv) {
  using namespace modelkin;
  bench::Settings settings;
  if (argc > 1) settings.folder = argv[1];
  if (argc > 2) settings.mib = std::strtoull(argv[2], nullptr, 10);
  if (argc > 3) settings.rounds = std::atoi(argv[3]);
  if (argc > 4) settings.threads = static_cast<unsigned>(std::atoi(argv[4]));
  fmt::print("two files of {} MiB, warm; {} threads; {}; medians of {} rounds\n", settings.mib,
             settings.threads, ActiveSimdTarget(), settings.rounds);
  for (const DType dtype : {DType::kBF16, DType::kF16, DType::kF32}) {
    bench::MeasureType(dtype, settings);
  }
  return 0;
}
