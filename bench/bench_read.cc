// Ways to read two files with all cores, adding 64-bit words: cold, then warm. What decided how
// modelkin reads (docs/reading.md).
//
//   modelkin_bench_read [FOLDER [MIB]]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "checkpoint_maker.h"
#include "word_sum.h"

namespace modelkin::bench {
namespace {

constexpr std::uint64_t kWindow = std::uint64_t{1} << 20;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kAhead = 4 * kWindow;

enum class Way { kMap, kMapWillNeed, kMapWillNeedIfAbsent, kMapSequential, kRead, kReadWillNeed };

struct File {
  int descriptor = -1;
  std::uint64_t bytes = 0;
  std::byte* data = nullptr;
};

File Open(const std::string& path) {
  File file{.descriptor = open(path.c_str(), O_RDONLY)};
  file.bytes = static_cast<std::uint64_t>(lseek(file.descriptor, 0, SEEK_END)) / kWindow * kWindow;
  return file;
}

// Drops clean pages; needs them written back and unmapped.
void DropFromCache(const File& file) {
  fdatasync(file.descriptor);
  posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_DONTNEED);
}

void Begin(File& file, Way way) {
  if (way == Way::kRead || way == Way::kReadWillNeed) return;
  file.data =
      static_cast<std::byte*>(mmap(nullptr, file.bytes, PROT_READ, MAP_SHARED, file.descriptor, 0));
  if (way == Way::kMapSequential) madvise(file.data, file.bytes, MADV_SEQUENTIAL);
}

void End(File& file) {
  if (file.data != nullptr) munmap(file.data, file.bytes);
  file.data = nullptr;
}

std::uint64_t SumWindow(const File& file, std::uint64_t at, Way way,
                        std::vector<std::byte>& buffer) {
  const bool ahead = at + kAhead + kWindow <= file.bytes;
  if (way == Way::kMapWillNeed && ahead) madvise(file.data + at + kAhead, kWindow, MADV_WILLNEED);
  if (way == Way::kMapWillNeedIfAbsent && ahead) {
    unsigned char resident = 0;
    mincore(file.data + at + kAhead + kWindow - kPage, kPage, &resident);
    if ((resident & 1) == 0) madvise(file.data + at + kAhead, kWindow, MADV_WILLNEED);
  }
  if (way == Way::kReadWillNeed && ahead) {
    posix_fadvise(file.descriptor, static_cast<off_t>(at + kAhead), kWindow, POSIX_FADV_WILLNEED);
  }
  if (file.data != nullptr) return SumWords({file.data + at, kWindow});
  buffer.resize(kWindow);
  if (pread(file.descriptor, buffer.data(), kWindow, static_cast<off_t>(at)) != kWindow)
    std::abort();
  return SumWords(buffer);
}

double MeasureOnce(std::array<File, 2>& files, Way way) {
  const unsigned threads = AvailableThreads();
  std::vector<std::vector<std::byte>> buffers(threads);
  std::atomic<std::uint64_t> total{0};
  const auto begin = std::chrono::steady_clock::now();
  for (File& file : files) Begin(file, way);
  const std::uint64_t windows = std::min(files[0].bytes, files[1].bytes) / kWindow;
  ParallelFor(threads, windows, [&](std::size_t i, unsigned worker) {
    for (const File& file : files) total += SumWindow(file, i * kWindow, way, buffers[worker]);
  });
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  for (File& file : files) End(file);
  return static_cast<double>(files[0].bytes + files[1].bytes) / seconds / 1e9;
}

double Median(std::vector<double> rates) {
  std::ranges::sort(rates);
  return rates[rates.size() / 2];
}

}  // namespace
}  // namespace modelkin::bench

int main(int argc, char** argv) {
  using namespace modelkin;
  using bench::Way;
  const std::string folder = argc > 1 ? argv[1] : "/tmp/modelkin-bench";
  const std::uint64_t mib = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1024;
  std::array files = {bench::Open(bench::MakeCheckpoint(folder, DType::kBF16, mib, 1)),
                      bench::Open(bench::MakeCheckpoint(folder, DType::kBF16, mib, 2))};
  const std::array<std::pair<Way, const char*>, 6> ways = {{
      {Way::kMap, "mmap"},
      {Way::kMapWillNeed, "mmap, MADV_WILLNEED ahead"},
      {Way::kMapWillNeedIfAbsent, "mmap, the same where not resident"},
      {Way::kMapSequential, "mmap, MADV_SEQUENTIAL"},
      {Way::kRead, "pread, 1 MiB buffers"},
      {Way::kReadWillNeed, "pread, POSIX_FADV_WILLNEED ahead"},
  }};
  for (const auto& [way, name] : ways) {
    std::vector<double> cold, warm;
    for (int round = 0; round < 3; ++round) {
      for (const bench::File& file : files) bench::DropFromCache(file);
      cold.push_back(bench::MeasureOnce(files, way));
      for (int again = 0; again < 3; ++again) warm.push_back(bench::MeasureOnce(files, way));
    }
    fmt::print("{:<34} cold {:6.2f} GB/s   warm {:6.2f} GB/s\n", name, bench::Median(cold),
               bench::Median(warm));
  }
  return 0;
}
