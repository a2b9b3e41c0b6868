// Rate of a comparison against the rate at which the same threads can only read both files.
//
// Files are in the page cache and larger than the last-level cache. Each round measures the floor,
// the moments and the whole comparison one after the other, in turning order; ratios are medians
// over rounds of ratios within a round, so that what slows the machine for a while slows all three.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
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
  std::string folder = "build/bench-data";
  std::uint64_t mib = 1024;
  int rounds = 7;
  unsigned threads = AvailableThreads();
  std::vector<std::string> types = {"BF16", "F16", "F32"};
  bool make_only = false;
  bool json = false;
};

// What is measured, in the order of the table.
struct Contender {
  std::string title;
  std::optional<double> required_ratio;
  std::function<void()> work;
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
std::uint64_t ReadBoth(const Checkpoint& a, const Checkpoint& b, unsigned threads,
                       std::uint64_t (*sum_words)(std::span<const std::byte>)) {
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
          sum_words(chunk.checkpoint->SourceOf(*chunk.tensor)
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

// Seconds of each contender in each round. The order turns: none always runs after the same one.
std::vector<std::vector<double>> Race(const std::vector<Contender>& contenders, int rounds) {
  std::vector<std::vector<double>> seconds(contenders.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t turn = 0; turn < contenders.size(); ++turn) {
      const std::size_t i = (turn + static_cast<std::size_t>(round)) % contenders.size();
      seconds[i].push_back(Seconds(contenders[i].work));
    }
  }
  return seconds;
}

// The first contender is the floor.
void PrintRace(const std::string& type, const std::vector<Contender>& contenders,
               const std::vector<std::vector<double>>& seconds, std::uint64_t bytes) {
  const auto rate = [&](double duration) { return static_cast<double>(bytes) / duration / 1e9; };
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < seconds[i].size(); ++round) {
      ratios.push_back(seconds[0][round] / seconds[i][round]);
    }
    const double ratio = Median(ratios);
    const auto required = contenders[i].required_ratio;
    fmt::print("{:<5} {:<23} {:8.1f} {:8.1f}", type, contenders[i].title, rate(Median(seconds[i])),
               rate(*std::ranges::min_element(seconds[i])));
    if (i > 0) fmt::print(" {:8.2f}", ratio);
    if (required) fmt::print("    >= {:.2f} {}", *required, ratio < *required ? "MISSED" : "ok");
    fmt::print("\n");
  }
}

// One line of JSON: median seconds by title.
void PrintMedians(const std::vector<Contender>& contenders,
                  const std::vector<std::vector<double>>& seconds) {
  nlohmann::ordered_json medians;
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    medians[contenders[i].title] = Median(seconds[i]);
  }
  fmt::print("{}\n", medians.dump());
}

void MeasureType(DType dtype, const Settings& settings) {
  const std::string path_a = MakeCheckpoint(settings.folder, dtype, settings.mib, 1);
  const std::string path_b = MakeCheckpoint(settings.folder, dtype, settings.mib, 2);
  if (settings.make_only) return;
  const Checkpoint a = OpenCheckpoint(path_a);
  const Checkpoint b = OpenCheckpoint(path_b);
  const Pairing pairing = PairByName(a, b, {});
  RequireRightAnswer(a, b, pairing, settings.threads);  // and warms the page cache
  Progress silent;
  const auto scan = [&](bool quantiles) {
    ScanPairs(a, b, pairing.pairs, {.threads = settings.threads, .quantiles = quantiles}, silent);
  };
  const std::uint64_t sum = ReadBoth(a, b, settings.threads, SumWords);
  const auto read = [&](std::uint64_t (*sum_words)(std::span<const std::byte>)) {
    // Used, so that it can't be optimised away.
    if (ReadBoth(a, b, settings.threads, sum_words) != sum) std::abort();
  };
  // As a program meets its files: mapping them, a page at a time, and unmapping them count.
  const auto anew = [&](const auto& work) {
    const Checkpoint new_a = OpenCheckpoint(path_a);
    const Checkpoint new_b = OpenCheckpoint(path_b);
    work(new_a, new_b);
  };
  const std::vector<Contender> contenders = {
      {"reading (the floor)", {}, [&] { read(SumWords); }},
      {"reading in four streams", {}, [&] { read(SumWordsInFourStreams); }},
      {"moments", 0.85, [&] { scan(false); }},
      {"with exact quantiles", 0.5, [&] { scan(true); }},
      {"opened anew: reading",
       {},
       [&] {
         anew([&](const Checkpoint& new_a, const Checkpoint& new_b) {
           if (ReadBoth(new_a, new_b, settings.threads, SumWords) != sum) std::abort();
         });
       }},
      {"opened anew: quantiles", {}, [&] {
         anew([&](const Checkpoint& new_a, const Checkpoint& new_b) {
           const Pairing pairs = PairByName(new_a, new_b, {});
           ScanPairs(new_a, new_b, pairs.pairs, {.threads = settings.threads}, silent);
         });
       }}};
  const auto seconds = Race(contenders, settings.rounds);
  if (settings.json) {
    PrintMedians(contenders, seconds);
  } else {
    PrintRace(std::string(DTypeName(dtype)), contenders, seconds,
              a.total_bytes() + b.total_bytes());
  }
}

std::string ProcessorName() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

// As the system sees it; sysconf() gives the whole processor's, of which a core uses a part.
std::string LastLevelCache() {
  std::string size = "of unknown size";
  for (int level = 0; level < 8; ++level) {
    std::ifstream info(fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/size", level));
    std::getline(info, size);
  }
  return size;
}

void PrintConditions(const Settings& settings) {
  fmt::print("{}; {} threads; SIMD target {}; last-level cache {}\n", ProcessorName(),
             settings.threads, ActiveSimdTarget(), LastLevelCache());
  fmt::print("two files of {} MiB a type, in the page cache; {} rounds\n\n", settings.mib,
             settings.rounds);
  fmt::print("{:<29} {:>8} {:>8} {:>8}    {}\n", "GB/s of both files", "median", "best", "ratio",
             "required");
}

}  // namespace
}  // namespace modelkin::bench

int main(int argc, char** argv) {
  using namespace modelkin;
  bench::Settings settings;
  CLI::App program("Rate of a comparison against the rate at which the same threads can only read");
  program.add_option("--data", settings.folder, "Where the files are, or are made")
      ->capture_default_str();
  program.add_option("--mib", settings.mib, "Size of each file")->capture_default_str();
  program.add_option("--rounds", settings.rounds)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.add_option("--threads", settings.threads)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.add_option("--types", settings.types)
      ->delimiter(',')
      ->check(CLI::IsMember({"BF16", "F16", "F32"}))
      ->capture_default_str();
  program.add_flag("--make-only", settings.make_only, "Make the files and measure nothing");
  program.add_flag("--json", settings.json,
                   "Median seconds instead of a table, a line for each type");
  CLI11_PARSE(program, argc, argv);
  if (!settings.make_only && !settings.json) bench::PrintConditions(settings);
  for (const DType dtype : {DType::kBF16, DType::kF16, DType::kF32}) {
    const bool wanted = std::ranges::find(settings.types, DTypeName(dtype)) != settings.types.end();
    if (wanted) bench::MeasureType(dtype, settings);
  }
  return 0;
}
