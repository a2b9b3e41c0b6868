// Ways to read two files with all cores, adding 64-bit words: cold, then warm. What decided how
// modelkin reads (docs/reading.md): it maps files and gives no advice.
//
// "Cold" means not in this system's page cache; a virtual machine's host may have one of its own.
// io_uring was measured apart (docs/reading.md): as fast cold, as slow as pread warm.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
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

// Drops clean pages; needs them written back and unmapped. Returns the share that stayed.
double DropFromCache(const File& file) {
  fdatasync(file.descriptor);
  posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_DONTNEED);
  void* const data = mmap(nullptr, file.bytes, PROT_READ, MAP_SHARED, file.descriptor, 0);
  std::vector<unsigned char> resident(file.bytes / kPage);
  if (data == MAP_FAILED || mincore(data, file.bytes, resident.data()) != 0) std::abort();
  munmap(data, file.bytes);
  const auto stayed = std::ranges::count_if(resident, [](unsigned char page) { return page & 1; });
  return static_cast<double>(stayed) / static_cast<double>(resident.size());
}

// Where permitted, everything else's pages and metadata as well.
void DropAllCaches() {
  sync();
  std::ofstream("/proc/sys/vm/drop_caches") << 3;
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

// GB/s.
double MeasureOnce(std::array<File, 2>& files, Way way, unsigned threads) {
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

struct Settings {
  std::string folder = "build/bench-data";
  std::uint64_t mib = 1024;
  int rounds = 5;
  unsigned threads = AvailableThreads();
  bool drop_all_caches = false;
};

struct WayRates {
  Way way;
  const char* title;
  std::vector<double> cold, warm;
};

// Each round goes through all ways, so that what slows the machine for a while slows all of them.
void Measure(const Settings& settings) {
  std::array files = {Open(MakeCheckpoint(settings.folder, DType::kBF16, settings.mib, 1)),
                      Open(MakeCheckpoint(settings.folder, DType::kBF16, settings.mib, 2))};
  std::vector<WayRates> ways = {
      {Way::kMap, "mmap (modelkin)", {}, {}},
      {Way::kMapWillNeed, "mmap, MADV_WILLNEED ahead", {}, {}},
      {Way::kMapWillNeedIfAbsent, "mmap, the same where not resident", {}, {}},
      {Way::kMapSequential, "mmap, MADV_SEQUENTIAL", {}, {}},
      {Way::kRead, "pread, 1 MiB buffers", {}, {}},
      {Way::kReadWillNeed, "pread, POSIX_FADV_WILLNEED ahead", {}, {}},
  };
  double stayed = 0;
  const auto drop = [&] {
    for (const File& file : files) stayed = std::max(stayed, DropFromCache(file));
    if (settings.drop_all_caches) DropAllCaches();
  };
  for (int round = 0; round < settings.rounds; ++round) {
    for (WayRates& rates : ways) {
      drop();
      rates.cold.push_back(MeasureOnce(files, rates.way, settings.threads));
    }
    // Whoever fills the cache decides how its pages lie in memory: one way does so for all.
    drop();
    MeasureOnce(files, Way::kRead, settings.threads);
    for (WayRates& rates : ways) {
      rates.warm.push_back(MeasureOnce(files, rates.way, settings.threads));
    }
  }
  fmt::print("two files of {} MiB; {} threads; {} rounds; at most {:.1f} % stayed in the cache\n\n",
             settings.mib, settings.threads, settings.rounds, 100 * stayed);
  fmt::print("{:<36} {:>8} {:>8}\n", "GB/s of both files, medians", "cold", "warm");
  for (const WayRates& rates : ways) {
    fmt::print("{:<36} {:8.2f} {:8.2f}\n", rates.title, Median(rates.cold), Median(rates.warm));
  }
  fmt::print("{:<36} measured apart: see docs/reading.md\n", "io_uring");
}

}  // namespace
}  // namespace modelkin::bench

int main(int argc, char** argv) {
  modelkin::bench::Settings settings;
  CLI::App program("Ways to read two files, cold and warm");
  program.add_option("--data", settings.folder, "Where the files are, or are made")
      ->capture_default_str();
  program.add_option("--mib", settings.mib, "Size of each file")->capture_default_str();
  program.add_option("--rounds", settings.rounds)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.add_option("--threads", settings.threads)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.add_flag("--drop-caches", settings.drop_all_caches,
                   "Also drop all of the system's caches before each cold reading (root)");
  CLI11_PARSE(program, argc, argv);
  modelkin::bench::Measure(settings);
  return 0;
}
