// What a trace spends its time on: cross products over residual coordinates beside OpenBLAS's own
// rate on the same shapes, and assignments. Prints ratios and seconds.
#include <cblas.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/parallel.h"
#include "linalg/assignment.h"
#include "linalg/matrix_product.h"
#include "lineage/residual_trace.h"
#include "statistics/random.h"
#include "storage/safetensors_writer.h"

namespace modelkin {
namespace {

constexpr std::size_t kWidth = 4096;
constexpr std::size_t kRows = 4096;
constexpr int kTensors = 4;

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

float Uniform(Random& random) { return static_cast<float>(random.Next() >> 40) * 0x1p-24F - 0.5F; }

// A file of matrices with kWidth columns, as key and value weights have.
void MakeModel(const std::string& path, std::uint64_t seed) {
  if (std::filesystem::exists(path)) return;
  Random random(seed, 0);
  std::vector<TensorData> tensors;
  tensors.push_back({.name = "model.embed_tokens.weight",
                     .dtype = DType::kBF16,
                     .shape = {16, kWidth},
                     .bytes = std::vector<std::byte>(16 * kWidth * 2)});
  for (int i = 0; i < kTensors; ++i) {
    TensorData tensor{.name = fmt::format("model.layers.{}.self_attn.k_proj.weight", i),
                      .dtype = DType::kBF16,
                      .shape = {kRows + 64, kWidth},
                      .bytes = std::vector<std::byte>((kRows + 64) * kWidth * 2)};
    auto* const values = reinterpret_cast<std::uint16_t*>(tensor.bytes.data());
    for (std::size_t k = 0; k < (kRows + 64) * kWidth; ++k) {
      values[k] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(Uniform(random)) >> 16);
    }
    tensors.push_back(std::move(tensor));
  }
  WriteSafetensors(path, tensors);
}

void BenchResidual(const std::string& folder, unsigned threads) {
  const std::string path_a = folder + "/trace_a.safetensors",
                    path_b = folder + "/trace_b.safetensors";
  MakeModel(path_a, 1);
  MakeModel(path_b, 2);
  const Checkpoint a = OpenCheckpoint(path_a), b = OpenCheckpoint(path_b);
  const ModelParts parts_a = PartsOf(a, nullptr), parts_b = PartsOf(b, nullptr);
  MlpSums sums_a(parts_a), sums_b(parts_b);
  Progress progress;
  double best = INFINITY, floor = INFINITY;
  const std::size_t rows = kRows + 64;
  Random random(3, 0);
  std::vector<float> x(rows * kWidth), y(x.size()), out(kWidth * kWidth);
  for (float& value : x) value = Uniform(random);
  for (float& value : y) value = Uniform(random);
  for (int round = 0; round < 3; ++round) {
    double begin = Seconds();
    const ResidualTrace trace = TraceResidual(
        parts_a, sums_a, parts_b, sums_b, [](const Part& part) { return part.layer.has_value(); },
        {}, threads, progress);
    best = std::min(best, Seconds() - begin);
    if (trace.tensors.size() != kTensors) std::abort();
    openblas_set_num_threads(static_cast<int>(threads));
    begin = Seconds();
    for (int i = 0; i < kTensors; ++i) {
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, kWidth, kWidth, static_cast<int>(rows),
                  1.0F, x.data(), kWidth, y.data(), kWidth, 0.0F, out.data(), kWidth);
    }
    floor = std::min(floor, Seconds() - begin);
    openblas_set_num_threads(1);
  }
  const double flops = 2.0 * kTensors * static_cast<double>(rows) * kWidth * kWidth;
  fmt::print("residual trace, {} tensors of {} x {} BF16, {} threads: {:.2f} s, {:.0f} GFLOP/s\n",
             kTensors, rows, kWidth, threads, best, flops / best / 1e9);
  fmt::print(
      "OpenBLAS alone, floats in memory: {:.2f} s, {:.0f} GFLOP/s; ratio {:.2f} (wanted 0.7)\n",
      floor, flops / floor / 1e9, floor / best);
}

enum class Kind { kStrangers, kNoisyCopy, kCopy };

// Cosines of units of two sets in 1,024 dimensions.
std::vector<float> Cosines(std::size_t units, Kind kind, unsigned threads) {
  constexpr std::size_t kColumns = 1024;
  Random random(units, static_cast<std::uint64_t>(kind));
  std::vector<float> a(units * kColumns), b(a.size());
  for (float& value : a) value = Uniform(random);
  const float noise = kind == Kind::kStrangers ? 1 : kind == Kind::kNoisyCopy ? 8 : 0.1F;
  for (std::size_t unit = 0; unit < units; ++unit) {
    const std::size_t from = (unit * 7919 + 3) % units;
    for (std::size_t i = 0; i < kColumns; ++i) {
      const float own = kind == Kind::kStrangers ? 0 : a[from * kColumns + i];
      b[unit * kColumns + i] = own + noise * Uniform(random);
    }
  }
  for (auto* const rows : {&a, &b}) {
    for (std::size_t unit = 0; unit < units; ++unit) {
      float* const row = rows->data() + unit * kColumns;
      double squares = 0;
      for (std::size_t i = 0; i < kColumns; ++i) squares += static_cast<double>(row[i]) * row[i];
      for (std::size_t i = 0; i < kColumns; ++i) {
        row[i] = static_cast<float>(row[i] / std::sqrt(squares));
      }
    }
  }
  std::vector<float> scores(units * units, 0);
  AddProductTransposed({a.data(), units, kColumns}, {b.data(), units, kColumns}, threads,
                       scores.data());
  return scores;
}

void BenchAssignment(std::size_t units, unsigned threads, const std::string& dump) {
  constexpr std::array<const char*, 3> kNames = {"strangers", "noisy copy", "copy"};
  for (const Kind kind : {Kind::kStrangers, Kind::kNoisyCopy, Kind::kCopy}) {
    const char* const name = kNames[static_cast<std::size_t>(kind)];
    const std::vector<float> scores = Cosines(units, kind, threads);
    const double begin = Seconds();
    const Assignment assignment = MaximumAssignment({scores.data(), units, units}, threads);
    fmt::print("assignment, {} x {}, {:<10}: {:7.3f} s, total {:.6f}{}\n", units, units, name,
               Seconds() - begin, assignment.total,
               assignment.by_row_maxima ? " (row maxima)" : "");
    if (dump.empty()) continue;
    std::ofstream file(fmt::format("{}/assignment_{}_{}.f32", dump, units, static_cast<int>(kind)),
                       std::ios::binary);
    file.write(reinterpret_cast<const char*>(scores.data()),
               static_cast<std::streamsize>(scores.size() * sizeof(float)));
  }
}

int Main(int argc, char** argv) {
  std::string folder = "build/bench-data", dump;
  unsigned threads = AvailableThreads();
  std::vector<std::size_t> sizes = {1408, 12288};
  CLI::App program("Times of what a trace is made of");
  program.add_option("--data", folder, "Where files are made and left");
  program.add_option("--threads", threads, "Threads");
  program.add_option("--units", sizes, "Sizes of assignments");
  program.add_option("--dump", dump, "Leave the matrices in this folder, for SciPy");
  CLI11_PARSE(program, argc, argv);
  std::filesystem::create_directories(folder);
  BenchResidual(folder, threads);
  for (const std::size_t units : sizes) BenchAssignment(units, threads, dump);
  return 0;
}

}  // namespace
}  // namespace modelkin

int main(int argc, char** argv) { return modelkin::Main(argc, argv); }
