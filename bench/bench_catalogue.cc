// Time to catalogue 100,000 tensors: one file, and 100 shards with an index.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace {

constexpr int kTensors = 100'000;
constexpr int kShards = 100;

std::string Name(int i) {
  return fmt::format("model.layers.{}.mlp.experts.{}.gate_proj.weight", i / 1000, i % 1000);
}

// Tensors [begin, end), of two bytes each.
void WriteShard(const std::string& path, int begin, int end) {
  std::string header = "{";
  for (int i = begin; i < end; ++i) {
    header += fmt::format(R"({}"{}":{{"dtype":"BF16","shape":[1],"data_offsets":[{},{}]}})",
                          i == begin ? "" : ",", Name(i), 2 * (i - begin), 2 * (i - begin) + 2);
  }
  header += "}";
  const std::uint64_t length = header.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), 8);
  file << header << std::string(2 * static_cast<std::size_t>(end - begin), '\0');
}

std::string WriteSharded(const std::string& folder) {
  std::filesystem::create_directories(folder);
  std::ofstream index(folder + "/model.safetensors.index.json");
  index << R"({"weight_map":{)";
  for (int shard = 0; shard < kShards; ++shard) {
    const std::string file = fmt::format("model-{:05}-of-{:05}.safetensors", shard + 1, kShards);
    const int begin = kTensors / kShards * shard;
    const int end = begin + kTensors / kShards;
    WriteShard(folder + "/" + file, begin, end);
    for (int i = begin; i < end; ++i)
      index << fmt::format(R"({}"{}":"{}")", i == 0 ? "" : ",", Name(i), file);
  }
  index << "}}";
  return folder;
}

void Measure(const std::string& what, const std::string& path) {
  std::vector<double> seconds;
  std::size_t tensors = 0;
  for (int round = 0; round < 5; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    tensors = modelkin::OpenCheckpoint(path).tensors().size();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::sort(seconds);
  const double median = seconds[seconds.size() / 2];
  fmt::print("{:<24} {} tensors opened in {:.3f} s   required < 1 s {}\n", what, tensors, median,
             median < 1 ? "ok" : "MISSED");
}

}  // namespace

int main(int argc, char** argv) {
  std::string data = "build/bench-data";
  CLI::App program("Time to open checkpoints of 100,000 tensors");
  program.add_option("--data", data, "Where the files are made")->capture_default_str();
  CLI11_PARSE(program, argc, argv);
  const std::string folder = data + "/catalogue";
  const std::string sharded = WriteSharded(folder + "/sharded");
  WriteShard(folder + "/single.safetensors", 0, kTensors);
  Measure("100 shards and an index", sharded);
  Measure("one file", folder + "/single.safetensors");
  return 0;
}
