// What a model's forward pass spends its time on, beside what this machine gives at most: products
// with stored weights against OpenBLAS's own on floats in memory, one token's against reading the
// weights' bytes, attention against OpenBLAS's rate, and a batch of texts through a mixture of
// experts against reading the bytes that it needs. Prints seconds and ratios.
#include <cblas.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/parallel.h"
#include "inference/attention.h"
#include "inference/forward_pass.h"
#include "inference/linear.h"
#include "inference/pass_recorder.h"
#include "inference/runnable_model.h"
#include "model_maker.h"
#include "numeric/decode.h"
#include "statistics/random.h"
#include "word_sum.h"

namespace modelkin {
namespace {

using namespace bench;

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The best of several rounds of each of two, in turn: other work of the machine then slows both.
struct Best {
  double ours = INFINITY, floor = INFINITY;
  double ratio() const { return floor / ours; }
};

Best Compare(int rounds, const std::function<void()>& ours, const std::function<void()>& floor) {
  Best best;
  for (int round = 0; round < rounds; ++round) {
    double begin = Seconds();
    ours();
    best.ours = std::min(best.ours, Seconds() - begin);
    begin = Seconds();
    floor();
    best.floor = std::min(best.floor, Seconds() - begin);
  }
  return best;
}

const char* Verdict(double ratio, double wanted) { return ratio >= wanted ? "ok" : "MISSED"; }

// out = x transpose(w), on as many threads of OpenBLAS's own.
void OwnProduct(const Activations& x, const float* w, std::size_t outputs, float* out,
                unsigned threads) {
  openblas_set_num_threads(static_cast<int>(threads));
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(x.rows),
              static_cast<int>(outputs), static_cast<int>(x.columns), 1.0F, x.values.data(),
              static_cast<int>(x.columns), w, static_cast<int>(x.columns), 0.0F, out,
              static_cast<int>(outputs));
  openblas_set_num_threads(1);
}

std::uint64_t SumOnThreads(const std::vector<std::span<const std::byte>>& parts, unsigned threads) {
  constexpr std::size_t kPart = std::size_t{4} << 20;
  std::vector<std::span<const std::byte>> pieces;
  for (const auto& part : parts) {
    for (std::size_t at = 0; at < part.size(); at += kPart) {
      pieces.push_back(part.subspan(at, std::min(kPart, part.size() - at)));
    }
  }
  std::atomic<std::uint64_t> sum{0};
  ParallelFor(threads, pieces.size(), [&](std::size_t i, unsigned) {
    sum.fetch_add(bench::SumWordsInFourStreams(pieces[i]), std::memory_order_relaxed);
  });
  return sum.load();
}

// Bytes of a tensor, as they are mapped.
std::span<const std::byte> BytesOf(const Checkpoint& checkpoint, const Tensor& tensor) {
  std::vector<std::byte> scratch;
  return checkpoint.SourceOf(tensor).Read(tensor.offset_bytes, tensor.length_bytes, scratch);
}

struct Size {
  std::size_t outputs, inputs;
};

void BenchProducts(const std::string& folder, unsigned threads, int rounds) {
  constexpr std::array kSizes = {Size{4096, 4096}, Size{1408, 4096}, Size{10944, 4096},
                                 Size{4096, 1408}};
  fmt::print("products with stored weights, {} threads, against OpenBLAS's own on floats\n",
             threads);
  for (const DType dtype : {DType::kBF16, DType::kF32}) {
    const std::string path = fmt::format("{}/run-{}.safetensors", folder, DTypeName(dtype));
    if (!std::filesystem::exists(path)) {
      ModelMaker maker(dtype);
      for (const Size& size : kSizes) {
        maker.Add(fmt::format("w{}x{}.weight", size.outputs, size.inputs),
                  {size.outputs, size.inputs});
      }
      maker.Write(path);
    }
    const Weights weights(OpenCheckpoint(path), threads);
    for (const Size& size : kSizes) {
      const std::string name = fmt::format("w{}x{}", size.outputs, size.inputs);
      const Tensor& tensor = weights.Require(name + ".weight", {size.outputs, size.inputs});
      std::vector<float> matrix(size.outputs * size.inputs);
      const auto bytes = BytesOf(weights.checkpoint(), tensor);
      DecodeToFloat(dtype, bytes.data(), matrix.size(), matrix.data());
      for (const std::size_t rows : {512, 32, 8, 1}) {
        Activations x(rows, size.inputs);
        x.values = UniformValues(x.values.size(), rows);
        std::vector<float> out(rows * size.outputs);
        const auto ours = [&] { Linear(weights, x, name, size.outputs); };
        const auto product = [&] {
          OwnProduct(x, matrix.data(), size.outputs, out.data(), threads);
        };
        const auto read = [&] { SumOnThreads({bytes}, threads); };
        const double flops = 2.0 * static_cast<double>(rows * size.outputs * size.inputs);
        const int times = rows > 100 ? rounds : 4 * rounds;
        if (rows > 1) {
          const Best best = Compare(times, ours, product);
          const double wanted = 0.7;
          fmt::print(
              "  {:4} {:5} x {}, {:3} rows: {:8.3f} ms, {:4.0f} GFLOP/s; OpenBLAS {:8.3f} ms; "
              "ratio {:.2f}{}\n",
              DTypeName(dtype), size.outputs, size.inputs, rows, best.ours * 1e3,
              flops / best.ours / 1e9, best.floor * 1e3, best.ratio(),
              rows >= 32 ? fmt::format(" (wanted {}) {}", wanted, Verdict(best.ratio(), wanted))
                         : "");
        } else {
          const Best best = Compare(times, ours, read);
          fmt::print(
              "  {:4} {:5} x {}, one row : {:8.3f} ms, {:4.1f} GB/s; reading the bytes "
              "{:8.3f} ms; ratio {:.2f}\n",
              DTypeName(dtype), size.outputs, size.inputs, best.ours * 1e3,
              static_cast<double>(bytes.size()) / best.ours / 1e9, best.floor * 1e3, best.ratio());
        }
      }
    }
  }
}

// Bytes by a line of /proc/self/status.
std::uint64_t StatusBytes(const std::string& key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + ":")) return std::stoull(line.substr(key.size() + 1)) * 1024;
  }
  return 0;
}

// How far the resident memory rises while a function runs.
std::uint64_t MemoryRise(const std::function<void()>& run) {
  std::ofstream("/proc/self/clear_refs") << "5";  // the high-water mark begins anew
  const std::uint64_t before = StatusBytes("VmRSS");
  run();
  return StatusBytes("VmHWM") - std::min(before, StatusBytes("VmHWM"));
}

void BenchAttention(unsigned threads, int rounds) {
  const AttentionRules rules{.heads = 32,
                             .kv_heads = 8,
                             .key_dim = 128,
                             .value_dim = 128,
                             .scale = 0.0884F,
                             .window = {},
                             .sinks = {}};
  fmt::print("attention, causal, {} heads of {}, {} of keys, {} threads\n", rules.heads,
             rules.key_dim, rules.kv_heads, threads);
  const std::size_t side = 2048;
  Activations square(side, side);
  square.values = UniformValues(side * side, 1);
  std::vector<float> product(side * side);
  for (const std::size_t tokens : {64, 512, 2048, 4096, 8192}) {
    const Batch batch = MakeBatch({std::vector<std::uint64_t>(tokens, 0)});
    Activations q(tokens, rules.heads * rules.key_dim), k(tokens, rules.kv_heads * rules.key_dim);
    q.values = UniformValues(q.values.size(), 2);
    k.values = UniformValues(k.values.size(), 3);
    const Activations v = k;
    std::uint64_t rise = 0;
    const auto ours = [&] {
      Activations keys = k, values = v;
      rise = MemoryRise(
          [&] { Attend(rules, q, std::move(keys), std::move(values), batch, nullptr, threads); });
    };
    const Best best = Compare(tokens > 2048 ? 1 : rounds, ours, [&] {
      OwnProduct(square, square.values.data(), side, product.data(), threads);
    });
    const auto t = static_cast<double>(tokens);
    const double flops = 4.0 * (t * (t + 1) / 2) * static_cast<double>(rules.heads * rules.key_dim);
    const double rate = flops / best.ours;
    const double own = 2.0 * std::pow(static_cast<double>(side), 3) / best.floor;
    fmt::print(
        "  {:5} tokens: {:8.1f} ms, {:4.0f} GFLOP/s of what is seen; OpenBLAS {:4.0f}; ratio "
        "{:.2f}; "
        "memory rises by {:.1f} MiB, {:.1f} of them the result (tokens x tokens: {:.0f})\n",
        tokens, best.ours * 1e3, rate / 1e9, own / 1e9, rate / own,
        static_cast<double>(rise) / 0x1p20, t * static_cast<double>(q.columns) * 4 / 0x1p20,
        t * t * 4 / 0x1p20);
  }
}

// Tensors that a batch needs: all but experts that no token chose, and of the embedding some rows.
std::vector<std::span<const std::byte>> NeededBytes(
    const RunnableModel& model, const std::map<std::size_t, RouterChoice>& routing) {
  const Checkpoint& checkpoint = model.weights().checkpoint();
  std::vector<std::span<const std::byte>> needed;
  for (const Tensor& tensor : checkpoint.tensors()) {
    if (tensor.name == "model.embed_tokens.weight") continue;
    const std::size_t at = tensor.name.find(".experts.");
    if (at != std::string::npos) {
      const auto layer = std::stoul(tensor.name.substr(sizeof "model.layers." - 1));
      const auto expert = std::stoul(tensor.name.substr(at + sizeof ".experts." - 1));
      const auto& chosen = routing.at(layer).experts;
      if (std::ranges::find(chosen, expert) == chosen.end()) continue;
    }
    needed.push_back(BytesOf(checkpoint, tensor));
  }
  return needed;
}

void BenchBatch(const std::string& folder, unsigned threads, int rounds, std::size_t texts,
                std::size_t tokens) {
  const RunnableModel model(OpenModel(MakeMixture(folder)), threads);
  Random random(9, 0);
  std::vector<std::vector<std::uint64_t>> ids(texts);
  for (auto& text : ids) {
    for (std::size_t i = 0; i < tokens; ++i) text.push_back(random.Next() % kVocabulary);
  }
  const Batch batch = MakeBatch(ids);
  Progress progress;
  const auto run = [&](PassObserver& observer) {
    const Activations final = RunLayers(model, batch, nullptr, observer, progress);
    Activations last(texts, final.columns);
    for (std::size_t i = 0; i < texts; ++i) {
      std::copy_n(final.Row(batch.texts[i].first + tokens - 1), final.columns, last.Row(i));
    }
    Logits(model, last);
  };
  PassRecorder recorder(nullptr);
  run(recorder);
  const auto needed = NeededBytes(model, recorder.routing());
  double bytes = 0;
  for (const auto& part : needed) bytes += static_cast<double>(part.size());
  // What all products together cost, at the rate of a large one.
  const double per_token =
      static_cast<double>(kHidden) *
      static_cast<double>(kLayers * (2 * kHeads + 2 * kKvHeads) * 128 + 3 * kDense +
                          (kLayers - 1) * (9 * 3 * kExpert + kExperts));
  const double flops = 2 * static_cast<double>(texts) *
                       (per_token * static_cast<double>(tokens) +
                        static_cast<double>(kHidden) * static_cast<double>(kVocabulary));
  const std::size_t side = 2048;
  Activations square(side, side);
  square.values = UniformValues(side * side, 1);
  std::vector<float> product(side * side);
  PassObserver nobody;
  const Best read = Compare(
      rounds, [&] { run(nobody); }, [&] { SumOnThreads(needed, threads); });
  const Best own = Compare(
      rounds, [&] { run(nobody); },
      [&] { OwnProduct(square, square.values.data(), side, product.data(), threads); });
  const double ours = std::min(read.ours, own.ours);
  const double at_rate = flops * own.floor / (2 * std::pow(static_cast<double>(side), 3));
  fmt::print(
      "batch of {} x {} tokens through a mixture of experts ({} layers, {} experts, {:.2f} GB "
      "needed), {} threads: {:.3f} s, {:.0f} tokens/s\n"
      "  reading the bytes {:.3f} s (ratio {:.2f}); its products at OpenBLAS's best rate {:.3f} s "
      "(ratio {:.2f})\n",
      texts, tokens, kLayers, kExperts, bytes / 1e9, threads, ours,
      static_cast<double>(texts * tokens) / ours, read.floor, read.floor / ours, at_rate,
      at_rate / ours);
}

// OpenBLAS falls back to kernels of 2004 on processors that are newer than it is. A floor must not
// be handicapped: it is told what to use where this processor has AVX-512, by starting anew.
void UseBestBlasKernels(char** argv) {
  if (std::string_view(openblas_get_corename()) != "Prescott" ||
      std::getenv("OPENBLAS_CORETYPE") != nullptr || !__builtin_cpu_supports("avx512f")) {
    return;
  }
  setenv("OPENBLAS_CORETYPE", "SKYLAKEX", 1);
  execv("/proc/self/exe", argv);
}

int Main(int argc, char** argv) {
  UseBestBlasKernels(argv);
  std::string folder = "build/bench-data";
  unsigned threads = AvailableThreads();
  int rounds = 5;
  std::vector<std::string> parts = {"products", "attention", "batch"};
  CLI::App program("Speed of a model's forward pass");
  program.add_option("--data", folder, "Where files are made and left");
  program.add_option("--threads", threads, "Threads");
  program.add_option("--rounds", rounds, "Rounds of which the best counts");
  program.add_option("--parts", parts, "Of products, attention, batch");
  CLI11_PARSE(program, argc, argv);
  std::filesystem::create_directories(folder);
  openblas_set_num_threads(1);
  fmt::print("OpenBLAS's kernels: {}\n", openblas_get_corename());
  for (const std::string& part : parts) {
    if (part == "products") BenchProducts(folder, threads, rounds);
    if (part == "attention") BenchAttention(threads, rounds);
    if (part == "batch") {
      BenchBatch(folder, threads, rounds, 8, 64);
      BenchBatch(folder, threads, rounds, 1, 1);
    }
  }
  return 0;
}

}  // namespace
}  // namespace modelkin

int main(int argc, char** argv) { return modelkin::Main(argc, argv); }
