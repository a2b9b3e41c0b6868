// Time that comparing a quantised file with a BF16 one takes, over that of two BF16 files of as
// many weights.
//
// Files are held in memory; each round measures all pairs one after the other, and ratios are
// medians over rounds of ratios within a round.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>
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

// Files in memory, as a place of their own.
class MemoryPlace : public RemotePlace {
 public:
  void Add(const std::string& name, std::vector<std::byte> bytes) {
    files_[name] = MakeMemorySource(name, std::move(bytes));
  }
  bool IsFolder(const std::string&) const override { return false; }
  std::vector<std::string> FilesIn(const std::string&) const override {
    std::vector<std::string> names;
    for (const auto& [name, file] : files_) names.push_back(name.substr(name.rfind('/') + 1));
    return names;
  }
  std::shared_ptr<const ByteSource> Open(const std::string& file) const override {
    return files_.at(file);
  }
  std::string Resolve(const std::string& location) const override { return location; }

 private:
  std::map<std::string, std::shared_ptr<const ByteSource>> files_;
};

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
  auto place = std::make_shared<MemoryPlace>();
  place->Add("mem://x/a.safetensors", Bf16(tensors, 1));
  std::vector<std::string> forms;
  const auto add = [&](const std::string& form, const auto& make, const char* ending) {
    if (!settings.forms.empty() && form != "BF16" &&
        std::ranges::find(settings.forms, form) == settings.forms.end()) {
      return;
    }
    const std::vector<std::byte> file = make();
    forms.push_back(form);
    place->Add(fmt::format("mem://x/{}.{}", form, ending), std::move(file));
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
  Places places;
  places.Add("mem://", place);
  const QuantisationConfig fp8(
      nlohmann::json{{"quant_method", "fp8"}, {"weight_block_size", {128, 128}}});
  const Checkpoint a = OpenCheckpoint("mem://x/a.safetensors", {}, places);
  std::vector<Checkpoint> others;
  for (const std::string& form : forms) {
    const char* const ending = form == "BF16" || form == "FP8" ? "safetensors" : "gguf";
    others.push_back(OpenCheckpoint(fmt::format("mem://x/{}.{}", form, ending), {}, places,
                                    form == "FP8" ? fp8 : QuantisationConfig()));
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
  program.add_option("--tensors", settings.tensors, "Of 4,096 x 4,096 weights, in each file")
      ->capture_default_str();
  program.add_option("--forms", settings.forms, "Beside BF16; all unless given");
  program.add_option("--rounds", settings.rounds)->capture_default_str();
  program.add_option("--threads", settings.threads)->capture_default_str();
  CLI11_PARSE(program, argc, argv);
  return modelkin::bench::Run(settings);
}
