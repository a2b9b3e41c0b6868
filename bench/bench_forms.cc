// Time that comparing a quantised file with a BF16 one takes, over that of two BF16 files of as
// many weights.
//
// Files are in the page cache; each round measures all pairs one after the other, and ratios are
// medians over rounds of ratios within a round.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "checkpoint/catalogue_builder.h"
#include "numeric/decode.h"
#include "scan/comparison.h"
#include "source/places.h"
#include "statistics/random.h"

namespace modelkin::bench {
namespace {

constexpr std::uint64_t kRows = 4096, kColumns = 4096, kWeightsOfATensor = kRows * kColumns;
constexpr double kMostRatio = 2;

struct Settings {
  std::string folder = "build/bench-data/forms";
  std::uint64_t tensors = 16;  // of 4,096 x 4,096
  int rounds = 5;
  std::vector<std::string> forms;  // none: all
  unsigned threads = AvailableThreads();
};

// Bytes that look random, eight at a time.
std::vector<std::byte> Noise(std::uint64_t count, std::uint64_t mask, std::uint64_t seed) {
  std::vector<std::byte> bytes((count + 7) / 8 * 8);
  for (std::uint64_t i = 0; i < bytes.size() / 8; ++i) {
    const std::uint64_t word = MixedWord(seed + i) & mask;
    std::memcpy(bytes.data() + 8 * i, &word, 8);
  }
  bytes.resize(count);
  return bytes;
}

void Append(std::vector<std::byte>& file, const void* data, std::size_t count) {
  const auto* const bytes = static_cast<const std::byte*>(data);
  file.insert(file.end(), bytes, bytes + count);
}

template <class Number>
void AppendNumber(std::vector<std::byte>& file, Number number) {
  Append(file, &number, sizeof number);
}

struct StoredPart {
  std::string name, dtype;
  std::vector<std::uint64_t> shape;
  std::vector<std::byte> bytes;
};

// From 0.009 to 0.011, as different as those of blocks of one matrix are.
float ScaleOf(std::uint64_t random) {
  return 0.009F + 0.002F * static_cast<float>(random >> 40) * 0x1p-24F;
}

std::vector<std::byte> Safetensors(const std::vector<StoredPart>& parts) {
  std::string header = "{";
  std::uint64_t at = 0;
  for (const StoredPart& part : parts) {
    header += fmt::format("{}\"{}\":{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                          at == 0 ? "" : ",", part.name, part.dtype, fmt::join(part.shape, ","), at,
                          at + part.bytes.size());
    at += part.bytes.size();
  }
  header += "}";
  std::vector<std::byte> file;
  file.reserve(8 + header.size() + at);
  AppendNumber<std::uint64_t>(file, header.size());
  Append(file, header.data(), header.size());
  for (const StoredPart& part : parts) Append(file, part.bytes.data(), part.bytes.size());
  return file;
}

// A block of a type of GGUF, and where its scales of 16 bits are.
struct BlockType {
  std::uint32_t id;
  std::uint64_t values, bytes;
  std::vector<std::size_t> halves;
};

// Blocks of one tensor.
std::vector<std::byte> BlocksOf(const BlockType& type, std::uint64_t seed) {
  const std::uint64_t blocks = kWeightsOfATensor / type.values;
  std::vector<std::byte> data = Noise(blocks * type.bytes, ~std::uint64_t{0}, seed);
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const std::uint64_t random = MixedWord(seed + i);
    const std::uint16_t scale = FloatToFloat16(ScaleOf(random));
    for (const std::size_t at : type.halves) std::memcpy(&data[i * type.bytes + at], &scale, 2);
    // An exponent.
    if (type.halves.empty()) data[i * type.bytes] = static_cast<std::byte>(118 + random % 2);
  }
  return data;
}

std::string NameOf(std::uint64_t tensor) { return fmt::format("w{}.weight", tensor); }

std::vector<std::byte> Gguf(const BlockType& type, std::uint64_t tensors) {
  const std::uint64_t bytes = kWeightsOfATensor / type.values * type.bytes;
  std::vector<std::byte> file;
  Append(file, "GGUF", 4);
  AppendNumber<std::uint32_t>(file, 3);
  AppendNumber<std::uint64_t>(file, tensors);
  AppendNumber<std::uint64_t>(file, 0);  // key-values
  for (std::uint64_t i = 0; i < tensors; ++i) {
    const std::string name = NameOf(i);
    AppendNumber<std::uint64_t>(file, name.size());
    Append(file, name.data(), name.size());
    AppendNumber<std::uint32_t>(file, 2);
    AppendNumber<std::uint64_t>(file, kColumns);
    AppendNumber<std::uint64_t>(file, kRows);
    AppendNumber<std::uint32_t>(file, type.id);
    AppendNumber<std::uint64_t>(file, i * bytes);  // a multiple of 32
  }
  file.resize((file.size() + 31) / 32 * 32);
  for (std::uint64_t i = 0; i < tensors; ++i) {
    const std::vector<std::byte> data = BlocksOf(type, i << 32);
    Append(file, data.data(), data.size());
  }
  return file;
}

std::vector<std::byte> Bf16(std::uint64_t tensors, std::uint64_t seed) {
  std::vector<StoredPart> parts;
  for (std::uint64_t tensor = 0; tensor < tensors; ++tensor) {
    // Values of small size, of either sign.
    std::vector<std::byte> bytes =
        Noise(2 * kWeightsOfATensor, 0x807f807f807f807f, (seed << 48) + (tensor << 32));
    for (std::uint64_t i = 1; i < bytes.size(); i += 2) bytes[i] |= std::byte{0x3c};
    parts.push_back({NameOf(tensor), "BF16", {kRows, kColumns}, std::move(bytes)});
  }
  return Safetensors(parts);
}

std::vector<std::byte> Fp8Blocks(std::uint64_t tensors) {
  std::vector<StoredPart> parts;
  for (std::uint64_t tensor = 0; tensor < tensors; ++tensor) {
    std::vector<std::byte> scales(4 * (kRows / 128) * (kColumns / 128));
    for (std::uint64_t i = 0; i < scales.size(); i += 4) {
      const float scale = ScaleOf(MixedWord(tensor + i));
      std::memcpy(scales.data() + i, &scale, 4);
    }
    parts.push_back({NameOf(tensor),
                     "F8_E4M3",
                     {kRows, kColumns},
                     Noise(kWeightsOfATensor, 0xbfbfbfbfbfbfbfbf, tensor << 32)});
    parts.push_back(
        {NameOf(tensor) + "_scale_inv", "F32", {kRows / 128, kColumns / 128}, std::move(scales)});
  }
  return Safetensors(parts);
}

void Write(const std::filesystem::path& path, const std::vector<std::byte>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) {
    fmt::print(stderr, "cannot write {}\n", path.string());
    std::exit(1);
  }
}

double SecondsOf(const Checkpoint& a, const Checkpoint& b, unsigned threads) {
  Progress silent;
  const auto begin = std::chrono::steady_clock::now();
  const Comparison comparison = Compare(a, b, PairByName(a, b, {}), {.threads = threads}, silent);
  if (comparison.counts.compared != a.tensors().size()) {
    fmt::print(stderr, "{} was not compared as a whole\n", b.path());
    std::exit(1);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double MedianOf(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int Run(const Settings& settings) {
  const std::uint64_t tensors = settings.tensors, weights = tensors * kWeightsOfATensor;
  const std::filesystem::path folder = settings.folder;
  std::filesystem::create_directories(folder);
  const std::string first = folder / "a.safetensors";
  Write(first, Bf16(tensors, 1));
  std::vector<std::string> forms, paths;
  const auto add = [&](const std::string& form, const auto& make, const char* ending) {
    if (!settings.forms.empty() && form != "BF16" &&
        std::ranges::find(settings.forms, form) == settings.forms.end()) {
      return;
    }
    forms.push_back(form);
    paths.push_back(folder / fmt::format("{}.{}", form, ending));
    Write(paths.back(), make());
  };
  add(
      "BF16", [&] { return Bf16(tensors, 2); }, "safetensors");
  add(
      "Q4_0",
      [&] {
        return Gguf({2, 32, 18, {0}}, tensors);
      },
      "gguf");
  add(
      "Q4_K",
      [&] {
        return Gguf({12, 256, 144, {0, 2}}, tensors);
      },
      "gguf");
  add(
      "Q6_K",
      [&] {
        return Gguf({14, 256, 210, {208}}, tensors);
      },
      "gguf");
  add(
      "Q8_0",
      [&] {
        return Gguf({8, 32, 34, {0}}, tensors);
      },
      "gguf");
  add(
      "MXFP4",
      [&] {
        return Gguf({39, 32, 17, {}}, tensors);
      },
      "gguf");
  add(
      "FP8", [&] { return Fp8Blocks(tensors); }, "safetensors");
  const QuantisationConfig fp8(
      nlohmann::json{{"quant_method", "fp8"}, {"weight_block_size", {128, 128}}});
  const Checkpoint a = OpenCheckpoint(first);
  std::vector<Checkpoint> others;
  for (std::size_t i = 0; i < forms.size(); ++i) {
    others.push_back(OpenCheckpoint(paths[i], {}, ThisMachine(),
                                    forms[i] == "FP8" ? fp8 : QuantisationConfig()));
  }
  std::vector<std::vector<double>> seconds(forms.size()), ratios(forms.size());
  for (int round = -1; round < settings.rounds; ++round) {  // the first warms up
    for (std::size_t i = 0; i < forms.size(); ++i) {
      const double took = SecondsOf(a, others[i], settings.threads);
      if (round >= 0) seconds[i].push_back(took);
    }
    for (std::size_t i = 0; round >= 0 && i < forms.size(); ++i) {
      ratios[i].push_back(seconds[i].back() / seconds[0].back());
    }
  }
  bool fast = true;
  fmt::print("{} weights, {} threads: a BF16 file and\n", weights, settings.threads);
  for (std::size_t i = 0; i < forms.size(); ++i) {
    const double ratio = MedianOf(ratios[i]);
    fast = fast && ratio <= kMostRatio;
    fmt::print("{:6} {:7.3f} s  {:5.2f}e9 weights a second  {:5.2f} of BF16's time\n", forms[i],
               MedianOf(seconds[i]), static_cast<double>(weights) / MedianOf(seconds[i]) / 1e9,
               ratio);
  }
  return fast ? 0 : 1;
}

}  // namespace
}  // namespace modelkin::bench

int main(int argc, char** argv) {
  modelkin::bench::Settings settings;
  CLI::App program("Time of comparing quantised files with a BF16 one");
  program.add_option("--folder", settings.folder, "For 3 GB of files")->capture_default_str();
  program.add_option("--tensors", settings.tensors, "Of 4,096 x 4,096 weights, in each file")
      ->capture_default_str();
  program.add_option("--forms", settings.forms, "Beside BF16; all unless given");
  program.add_option("--rounds", settings.rounds)->capture_default_str();
  program.add_option("--threads", settings.threads)->capture_default_str();
  CLI11_PARSE(program, argc, argv);
  return modelkin::bench::Run(settings);
}
