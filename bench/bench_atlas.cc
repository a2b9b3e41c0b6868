// How fast an atlas of made-up models takes records and finds relatives, beside reading the file's
// bytes once.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "atlas/atlas.h"
#include "atlas/bit_scan.h"
#include "atlas/profile_scan.h"
#include "base/parallel.h"
#include "sketch/sketch_record.h"
#include "statistics/random.h"
#include "statistics/sign_agreement.h"

namespace modelkin::bench {
namespace {

struct Options {
  std::uint64_t records = 20'000;
  std::uint64_t layers = 64;
  std::uint64_t batch = 5'000;
  unsigned threads = 0;
  int rounds = 5;
  std::string path;
  bool keep = false;
};

double SecondsOf(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// What other work on the machine has no part in.
double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double PeakMebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Model `number`: nine of ten have the same place.
Sketch MakeSketch(std::uint64_t number, std::uint64_t layers) {
  Random random(number, 1);
  Sketch sketch = {.name = fmt::format("org-{}/model-{}", number % 1000, number),
                   .location = fmt::format("hf://org-{}/model-{}@main", number % 1000, number),
                   .family = "llama"};
  sketch.content = fmt::format("{:016x}{:016x}{:016x}{:016x}", random.Next(), random.Next(),
                               random.Next(), random.Next());
  SketchedComponent& component = sketch.components.emplace_back();
  component.place = {
      .role = Role::kGate, .rows = 4096, .columns = number % 10 == 0 ? 8192U : 4096U};
  component.effective_values = 1'000'000;
  for (std::uint64_t& word : component.bits) word = random.Next();
  for (std::uint64_t i = 0; i < layers; ++i) {
    SketchedLayer& layer = component.layers.emplace_back();
    layer.layer = static_cast<std::uint32_t>(i);
    for (std::uint64_t& word : layer.bits) word = random.Next();
    for (auto* const norm : {&layer.attention_norm, &layer.mlp_norm}) {
      for (std::uint8_t& value : norm->emplace()) {
        value = static_cast<std::uint8_t>(random.Next() % 255 + 1);
      }
    }
  }
  return sketch;
}

void AddAll(Atlas& atlas, const Options& options) {
  double seconds = 0, processor = 0;
  std::uint64_t bytes = 0, added = 0;
  for (std::uint64_t first = atlas.CountRecords(); first < options.records;) {
    std::vector<Sketch> sketches;
    const std::uint64_t end = std::min(first + options.batch, options.records);
    for (; first < end; ++first) sketches.push_back(MakeSketch(first, options.layers));
    bytes = EncodeSketch(sketches.back()).size();
    added += sketches.size();
    const double before = ProcessorSeconds();
    seconds += SecondsOf([&] { atlas.Add(sketches); });
    processor += ProcessorSeconds() - before;
  }
  if (added == 0) return;
  fmt::print("add: {:.0f} records of {} bytes a second, {:.0f} a processor second, {} at once\n",
             static_cast<double>(added) / seconds, bytes, static_cast<double>(added) / processor,
             options.batch);
}

// Reads so many bytes of the file, in order, by two threads as the scan does: the floor.
double ReadSeconds(const std::string& path, std::uint64_t bytes, unsigned threads) {
  constexpr std::uint64_t kPiece = std::uint64_t{2} << 20;
  bytes = std::min<std::uint64_t>(bytes, std::filesystem::file_size(path));
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::vector<std::vector<char>> buffers(threads, std::vector<char>(kPiece));
  const double seconds = SecondsOf([&] {
    ParallelFor(threads, (bytes + kPiece - 1) / kPiece, [&](std::size_t piece, unsigned worker) {
      if (pread(file, buffers[worker].data(), kPiece, static_cast<off_t>(piece * kPiece)) < 0)
        return;
    });
  });
  close(file);
  return seconds;
}

void Find(const Atlas& atlas, const Options& options, unsigned threads) {
  const Sketch stranger = MakeSketch(options.records + 7, 4);
  const SketchedComponent& component = stranger.components.front();
  const std::uint64_t comparable = CountComparable(atlas, component.kind, component.place);
  const BitQuery query = {
      .kind = component.kind,
      .place = component.place,
      .bits = component.bits,
      .least_agreements = AgreementLimit(kComponentBits, 1e-6, 1e-3, comparable)};
  const std::uint64_t bytes = comparable * (kComponentBits / 8 + 16);
  for (const unsigned use : {1U, threads}) {
    double best = 1e9, profiles = 1e9, floor = 1e9, processor = 0;
    std::uint64_t reached = 0;
    for (int round = 0; round < options.rounds; ++round) {
      floor = std::min(floor, ReadSeconds(options.path, bytes, use));
      const double before = ProcessorSeconds();
      best = std::min(best, SecondsOf([&] {
                        reached = ScanBits(atlas, std::span(&query, 1), 100, use)[0].reached;
                      }));
      processor += (ProcessorSeconds() - before) / options.rounds;
      profiles = std::min(profiles, SecondsOf([&] {
                            ScanProfiles(atlas, component.kind, FeaturesOf(component), 100, use);
                          }));
    }
    fmt::print(
        "find, {} threads: {:.3f} s for {} rows ({:.3f} of processors), {:.2f} GB/s, {:.2f} "
        "times reading alone; {} reached {}; profiles {:.3f} s\n",
        use, best, comparable, processor, static_cast<double>(bytes) / best / 1e9, best / floor,
        reached, query.least_agreements, profiles);
  }
}

void MeasureFinding(const Options& options) {
  const Atlas atlas = Atlas::Open(options.path, AtlasAccess::kRead);
  fmt::print("{} records, {:.2f} GB\n", atlas.CountRecords(),
             static_cast<double>(std::filesystem::file_size(options.path)) / 1e9);
  Find(atlas, options, options.threads == 0 ? AvailableThreads() : options.threads);
  fmt::print("opened and found by name in {:.4f} s\n", SecondsOf([&] {
               const Atlas again = Atlas::Open(options.path, AtlasAccess::kRead);
               again.Read(again.Find(MakeSketch(5, 0).name).at(0));
             }));
}

void Run(const Options& options) {
  {
    Atlas atlas = Atlas::Open(options.path, AtlasAccess::kCreate);
    AddAll(atlas, options);
  }
  const double after_adding = PeakMebibytes();
  MeasureFinding(options);
  fmt::print("peak memory {:.0f} MiB after adding, {:.0f} MiB in all\n", after_adding,
             PeakMebibytes());
  if (options.keep) return;
  for (const char* const end : {"", "-wal", "-shm"}) std::filesystem::remove(options.path + end);
}

}  // namespace
}  // namespace modelkin::bench

int main(int argc, char** argv) {
  modelkin::bench::Options options;
  CLI::App app{"Time to add to an atlas and to search it"};
  app.add_option("--atlas", options.path, "File to make; one that is there is filled up")
      ->required();
  app.add_option("--records", options.records, "Made-up models");
  app.add_option("--layers", options.layers, "Of each: 64 make a record of about 6 KB");
  app.add_option("--batch", options.batch, "Records of a transaction");
  app.add_option("--threads", options.threads, "Of a search; 0: all cores");
  app.add_option("--rounds", options.rounds, "Times are the best of these");
  app.add_flag("--keep", options.keep, "Leave the file");
  CLI11_PARSE(app, argc, argv);
  modelkin::bench::Run(options);
}
