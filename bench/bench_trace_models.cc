// A whole trace of two models of the shapes that people have: processor time, the rate of products
// beside OpenBLAS's, bytes and memory. Weights are computed where they are read.
#include <cblas.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <string>

#include "checkpoint/move_plan.h"
#include "evidence/judge.h"
#include "linalg/product_meter.h"
#include "requests/compare.h"
#include "requests/report.h"
#include "requests/trace.h"
#include "requests/trace_plan.h"
#include "source/byte_source.h"
#include "synthetic_place.h"

namespace modelkin::bench {
namespace {

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Of memory that nothing but this process holds, at most since the last call of ForgetPeak.
double PeakMib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

void ForgetPeak() { std::ofstream("/proc/self/clear_refs") << "5\n"; }

// Prints each stage with the processor time and memory that it took.
class StageClock : public Progress {
 public:
  explicit StageClock(std::shared_ptr<const SyntheticPlace> place) : place_(std::move(place)) {}

  void Begin(const std::string& stage, std::uint64_t) override {
    End();
    stage_ = stage;
    began_ = ProcessorSeconds();
    wall_ = WallSeconds();
    ForgetPeak();
  }
  void Advance(std::uint64_t) override {}
  double peak() const { return peak_; }
  void End() {
    if (stage_.empty()) return;
    const double took = ProcessorSeconds() - began_;
    peak_ = std::max(peak_, PeakMib());
    const std::uint64_t blocks = place_->counts().blocks;
    if (took >= 0.05 || blocks > blocks_) {
      fmt::print("    {:7.1f} s {:4.2f} cores {:5.0f} MiB {:7} blocks more  {}\n", took,
                 took / (WallSeconds() - wall_), PeakMib(), blocks - blocks_, stage_);
    }
    blocks_ = blocks;
    stage_.clear();
  }

 private:
  std::string stage_;
  double began_ = 0, wall_ = 0, peak_ = 0;
  std::shared_ptr<const SyntheticPlace> place_;
  std::uint64_t blocks_ = 0;
};

// Of generating weights, in bytes a second on one core.
double GeneratingRate(const SyntheticPlace& place) {
  const auto source = place.Open("synthetic://1b/99/0/model.safetensors");
  std::vector<std::byte> scratch;
  const double began = ProcessorSeconds();
  constexpr std::uint64_t kBlock = 1 << 20, kBlocks = 512;
  for (std::uint64_t i = 0; i < kBlocks; ++i) {
    source->Read((i + 1) * kBlock, kBlock, scratch);
  }
  return static_cast<double>(kBlock * kBlocks) / (ProcessorSeconds() - began);
}

double OpenBlasRate(unsigned threads) {
  constexpr int kSize = 3072;
  const std::vector<float> a(kSize * kSize, 0.5F), b = a;
  std::vector<float> out(kSize * kSize);
  openblas_set_num_threads(static_cast<int>(threads));
  double best = 0;
  for (int round = 0; round < 3; ++round) {
    const double began = WallSeconds();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, kSize, kSize, kSize, 1, a.data(), kSize,
                b.data(), kSize, 0, out.data(), kSize);
    best = std::max(best, 2.0 * kSize * kSize * kSize / (WallSeconds() - began));
  }
  openblas_set_num_threads(1);
  return best;
}

// Two models, and who watches what is read of them.
struct Pair {
  std::shared_ptr<SyntheticPlace> place = std::make_shared<SyntheticPlace>();
  std::shared_ptr<StageClock> clock = std::make_shared<StageClock>(place);
  RequestContext context;
  TraceRequest request;

  Pair(const std::string& shape, const std::string& other, Effort effort, unsigned threads) {
    const std::map<std::string, std::string> others = {
        {"strangers", "2/0"}, {"noisy", "1/3"}, {"copy", "1/0"}};
    const auto places = std::make_shared<Places>();
    places->Add("synthetic://", place);
    context = {.places = places, .threads = threads};
    request.models = {.a = fmt::format("synthetic://{}/1/0", shape),
                      .b = fmt::format("synthetic://{}/{}", shape, others.at(other))};
    request.options.effort = effort;
  }
};

// Prints what a piece of work took, but for making weights. Returns that without weights.
template <class Work>
double Measure(const char* what, Pair& pair, const Work& work) {
  const double rate = GeneratingRate(SyntheticPlace());
  const std::uint64_t bytes_before = pair.place->counts().bytes;
  const double began = ProcessorSeconds(), wall = WallSeconds();
  work();
  pair.clock->End();
  const double took = ProcessorSeconds() - began, on_the_wall = WallSeconds() - wall;
  const ReadCounts counts = pair.place->counts();
  const auto bytes = static_cast<double>(counts.bytes - bytes_before);
  fmt::print(
      "  {}: {:.1f} s of processor time ({:.1f} s of it made weights), {:.1f} s on the wall, "
      "{:.2f} "
      "cores busy, {:.2f} GB read, {:.2f} % of blocks, {:.0f} MiB\n",
      what, took, bytes / rate, on_the_wall, took / on_the_wall, 1e-9 * bytes,
      100.0 * static_cast<double>(counts.blocks * kMovedBlockBytes) /
          static_cast<double>(counts.total),
      pair.clock->peak());
  return took - bytes / rate;
}

// `openblas`: GFLOP/s of one of its threads.
double Trace(Pair& pair, double openblas) {
  MovePlan planned;
  const double before_plan = ProcessorSeconds();
  const Inputs models = Inputs::Open(pair.request.models, pair.request.opening, pair.context);
  for (const PlannedInput& input : PlanTrace(models, pair.request.options, pair.context).inputs) {
    planned.bytes += input.plan.bytes;
    planned.to_move += input.plan.to_move;
  }
  const double planning = ProcessorSeconds() - before_plan;
  pair.context.progress = pair.clock;
  std::optional<TraceResults> results;
  ProductMeter meter;
  SetProductMeter(&meter);
  const double took =
      Measure("trace", pair, [&] { results = TraceModels(pair.request, pair.context); });
  SetProductMeter(nullptr);
  const EffortRecord& effort = results->trace().effort;
  const ReadCounts counts = pair.place->counts();
  fmt::print(
      "  {} in {} of {} looks, {}settled; planned in {:.1f} s: {:.2f} GB in pages ({:.2f} read), "
      "{} "
      "blocks to move ({} moved)\n",
      VerdictName(results->verdict.category), effort.taken, effort.planned,
      effort.settled ? "" : "not ", planning, 1e-9 * static_cast<double>(planned.bytes),
      1e-9 * static_cast<double>(counts.pages), planned.to_move / kMovedBlockBytes, counts.blocks);
  const double products = static_cast<double>(meter.operations),
               of_a_thread = products / static_cast<double>(meter.nanoseconds);
  fmt::print("  products: {:.2f} T operations, {:.0f} GFLOP/s a thread, {:.2f} of OpenBLAS alone\n",
             1e-12 * products, of_a_thread, of_a_thread / openblas);
  return took;
}

double Compare(Pair& pair) {
  pair.context.progress = pair.clock;
  return Measure("compare", pair, [&] {
    CompareModels({.models = pair.request.models, .opening = {}, .options = {}}, pair.context);
  });
}

double WriteReport(Pair& pair) {
  pair.context.progress = pair.clock;
  return Measure("report", pair,
                 [&] { ReportOn({.trace = pair.request, .texts = {}}, pair.context); });
}

}  // namespace
}  // namespace modelkin::bench

int main(int argc, char** argv) {
  using namespace modelkin;
  CLI::App app("Traces of models of known shapes.");
  std::string shape = "7b", pair = "strangers";
  unsigned threads = 2;
  std::string effort = "auto";
  bool compare = false, report = false;
  app.add_option("--shape", shape, "135m, 1b, 7b, 70b, 30b-a3b or 100b");
  app.add_option("--pair", pair, "strangers, noisy or copy");
  app.add_option("--effort", effort, "auto, full or quick");
  app.add_option("--threads", threads);
  app.add_flag("--compare", compare, "and what compare takes of the same models");
  app.add_flag("--report", report, "and what a report does");
  CLI11_PARSE(app, argc, argv);
  const auto found = std::ranges::find(kEffortNames, effort);
  const auto models = [&] {
    return bench::Pair(shape, pair, static_cast<Effort>(found - kEffortNames.begin()), threads);
  };
  const double openblas = 1e-9 * bench::OpenBlasRate(threads);
  fmt::print("OpenBLAS alone: {:.0f} GFLOP/s on {} threads\n{} {}\n", openblas, threads, shape,
             pair);
  auto traced = models();
  const double took = bench::Trace(traced, openblas / threads);
  if (compare) {
    auto compared = models();
    fmt::print("  trace over compare: {:.2f}\n", took / bench::Compare(compared));
  }
  if (report) {
    auto reported = models();
    bench::WriteReport(reported);
  }
}
