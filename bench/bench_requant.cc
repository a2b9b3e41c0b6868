// Processor time that requantising takes, over that of reading the original: its bytes alone, and
// decoded to floats as every other command has them.
//
// Files are in the page cache; each round measures both one after the other, and ratios are medians
// over rounds. Then elapsed time from the disk, as who checks a file that was just fetched has it:
// the pages of both files are given up before each reading, and all processors work.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "checkpoint/tensor_reader.h"
#include "kernels/block_encoder.h"
#include "numeric/decode.h"
#include "requant/requant.h"
#include "statistics/random.h"
#include "storage/gguf/gguf_types.h"

namespace modelkin::bench {
namespace {

constexpr std::uint64_t kRows = 4096, kColumns = 4096, kValues = kRows * kColumns;
constexpr double kMostRatio = 10;

struct Settings {
  std::string folder = "build/bench-data/requant";
  std::uint64_t tensors = 2;  // of 4,096 x 4,096
  int rounds = 3;
  std::vector<std::string> forms;  // none: all
  unsigned threads = 1;
};

// Sums of four uniform numbers, as BF16.
std::vector<std::uint16_t> Original(std::uint64_t seed) {
  std::vector<std::uint16_t> values(kValues);
  for (std::uint64_t i = 0; i < kValues; ++i) {
    const std::uint64_t random = MixedWord(seed * kValues + i);
    float sum = -2;
    for (unsigned k = 0; k < 4; ++k) {
      sum += static_cast<float>(random >> (16 * k) & 0xFFFF) * 0x1p-16F;
    }
    values[i] = FloatToBFloat16(0.03F * sum);
  }
  return values;
}

class File {
 public:
  explicit File(const std::string& path) : file_(path, std::ios::binary) {}

  void Write(const void* data, std::size_t count) {
    file_.write(static_cast<const char*>(data), static_cast<std::streamsize>(count));
    at_ += count;
  }
  template <class Number>
  void WriteNumber(Number number) {
    Write(&number, sizeof number);
  }
  void WriteText(const std::string& text) {
    WriteNumber<std::uint64_t>(text.size());
    Write(text.data(), text.size());
  }
  void PadTo(std::uint64_t multiple) {
    while (at_ % multiple != 0) WriteNumber<char>(0);
  }

 private:
  std::ofstream file_;
  std::uint64_t at_ = 0;
};

std::string NameOf(std::uint64_t tensor) { return fmt::format("w{}.weight", tensor); }

void WriteOriginal(const std::string& path, std::uint64_t tensors) {
  std::string header;
  for (std::uint64_t i = 0; i < tensors; ++i) {
    header += fmt::format(
        "{}\"{}\":{{\"dtype\":\"BF16\",\"shape\":[{},{}],\"data_offsets\":[{},{}]}}",
        i == 0 ? "{" : ",", NameOf(i), kRows, kColumns, 2 * i * kValues, 2 * (i + 1) * kValues);
  }
  header += "}";
  File file(path);
  file.WriteText(header);
  for (std::uint64_t i = 0; i < tensors; ++i) file.Write(Original(i).data(), 2 * kValues);
}

std::uint32_t NumberOf(std::string_view form) {
  for (std::uint32_t id = 0; id < 64; ++id) {
    const GgufType* const type = FindGgufType(id);
    if (type != nullptr && type->name == form) return id;
  }
  std::abort();
}

void WriteQuantised(const std::string& path, const BlockEncoder& encoder, std::uint64_t tensors) {
  File file(path);
  file.Write("GGUF", 4);
  file.WriteNumber<std::uint32_t>(3);
  file.WriteNumber<std::uint64_t>(tensors);
  file.WriteNumber<std::uint64_t>(0);
  const std::uint64_t bytes = kValues / encoder.values * encoder.bytes;
  for (std::uint64_t i = 0; i < tensors; ++i) {
    file.WriteText(NameOf(i));
    file.WriteNumber<std::uint32_t>(2);
    file.WriteNumber<std::uint64_t>(kColumns);
    file.WriteNumber<std::uint64_t>(kRows);
    file.WriteNumber<std::uint32_t>(NumberOf(encoder.name));
    file.WriteNumber<std::uint64_t>(i * ((bytes + 31) / 32 * 32));
  }
  for (std::uint64_t i = 0; i < tensors; ++i) {
    const std::vector<std::uint16_t> stored = Original(i);
    std::vector<float> values(kValues);
    std::ranges::transform(stored, values.begin(), BFloat16ToFloat);
    std::vector<std::byte> blocks(bytes);
    encoder.encode(values.data(), kValues / encoder.values, Contraction::kNone, blocks.data());
    file.PadTo(32);
    file.Write(blocks.data(), blocks.size());
  }
}

// Processor time of all threads, in seconds.
template <class Function>
double SecondsOf(const Function& f) {
  timespec from{}, to{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
  f();
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
  return static_cast<double>(to.tv_sec - from.tv_sec) +
         1e-9 * static_cast<double>(to.tv_nsec - from.tv_nsec);
}

double ReadAll(const Checkpoint& model, bool decode) {
  constexpr std::uint64_t kChunk = std::uint64_t{1} << 18;
  double sum = 0;
  std::vector<std::byte> scratch;
  std::vector<float> values(kChunk);
  for (const Tensor& tensor : model.tensors()) {
    const TensorReader reader(model, tensor);
    for (std::uint64_t begin = 0; begin < tensor.elements; begin += kChunk) {
      const std::uint64_t count = std::min(kChunk, tensor.elements - begin);
      const auto bytes = reader.Read(begin, count, scratch);
      if (decode) {
        DecodeToFloat(tensor.dtype, bytes.data(), count, values.data());
        sum += values[count / 2];
      } else {
        std::uint64_t words = 0, word = 0;
        for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
          std::memcpy(&word, bytes.data() + i, 8);
          words += word;
        }
        sum += static_cast<double>(words);
      }
    }
  }
  return sum;
}

double MedianOf(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

template <class Function>
double ElapsedOf(const Function& f) {
  const auto began = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// Gives up the pages of a file that nothing has mapped.
void DropPages(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 || fdatasync(file) != 0 || posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) != 0) {
    std::abort();
  }
  close(file);
}

// All bytes of a file, one block after the other.
void ReadFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::vector<char> block(std::size_t{1} << 20);
  ssize_t count = 1;
  while (count > 0) count = read(file, block.data(), block.size());
  if (file < 0 || count < 0) std::abort();
  close(file);
}

// Elapsed seconds of reading the original from its disk, and of requantising from it.
struct ColdSeconds {
  double reading, requantising;
};

ColdSeconds MeasureCold(const std::string& original, const std::string& quantised) {
  DropPages(original);
  DropPages(quantised);
  const double reading = ElapsedOf([&] { ReadFile(original); });
  DropPages(original);
  return {reading, ElapsedOf([&] {
            const Checkpoint a = OpenCheckpoint(original), q = OpenCheckpoint(quantised);
            Progress progress;
            Requantise(a, q, PairByName(a, q, {}), AvailableThreads(), progress);
          })};
}

// Returns whether it took no longer than it may, from the disk.
bool Measure(const Settings& settings, const BlockEncoder& encoder) {
  const std::string original = settings.folder + "/original.safetensors";
  const std::string quantised = fmt::format("{}/{}.gguf", settings.folder, encoder.name);
  if (!std::filesystem::exists(quantised)) {
    WriteQuantised(quantised, encoder, settings.tensors);
  }
  std::vector<double> of_bytes, of_values, seconds, of_disk, disk_seconds;
  double sum = 0;
  for (int round = 0; round < settings.rounds; ++round) {
    const ColdSeconds cold = MeasureCold(original, quantised);
    of_disk.push_back(cold.requantising / cold.reading);
    disk_seconds.push_back(cold.reading);
    const Checkpoint a = OpenCheckpoint(original), q = OpenCheckpoint(quantised);
    const Pairing pairing = PairByName(a, q, {});
    const double bytes = SecondsOf([&] { sum += ReadAll(a, false); });
    const double values = SecondsOf([&] { sum += ReadAll(a, true); });
    Progress progress;
    const double time = SecondsOf([&] {
      const Requantisation found = Requantise(a, q, pairing, settings.threads, progress);
      if (found.outcome != RequantOutcome::kIdentical) std::abort();
    });
    of_bytes.push_back(time / bytes);
    of_values.push_back(time / values);
    seconds.push_back(time);
  }
  const double count = static_cast<double>(settings.tensors * kValues);
  fmt::print(
      "{:8} {:6.2f} ns a value, {:6.1f} times reading to floats, {:6.1f} times reading bytes; "
      "elapsed, {:4.1f} times reading from a disk of {:.1f} GB/s{}\n",
      encoder.name, 1e9 * MedianOf(seconds) / count, MedianOf(of_values), MedianOf(of_bytes),
      MedianOf(of_disk), 2e-9 * count / MedianOf(disk_seconds), sum == 0 ? " " : "");
  return MedianOf(of_disk) <= kMostRatio;
}

int Run(const Settings& settings) {
  std::filesystem::create_directories(settings.folder);
  const std::string original = settings.folder + "/original.safetensors";
  if (!std::filesystem::exists(original)) WriteOriginal(original, settings.tensors);
  bool all = true;
  for (const auto encoders : {SmallBlockEncoders(), SuperBlockEncoders()}) {
    for (const BlockEncoder& encoder : encoders) {
      const bool is_wanted =
          settings.forms.empty() ||
          std::ranges::find(settings.forms, encoder.name) != settings.forms.end();
      if (is_wanted) all = Measure(settings, encoder) && all;
    }
  }
  return all ? 0 : 1;
}

}  // namespace
}  // namespace modelkin::bench

int main(int argc, char** argv) {
  modelkin::bench::Settings settings;
  CLI::App app("Requantising against reading the original");
  app.add_option("--folder", settings.folder, "Where files are made and kept");
  app.add_option("--tensors", settings.tensors, "Tensors of 4,096 x 4,096");
  app.add_option("--rounds", settings.rounds, "Rounds");
  app.add_option("--form", settings.forms, "Forms; all by default");
  app.add_option("--threads", settings.threads, "Threads");
  CLI11_PARSE(app, argc, argv);
  return modelkin::bench::Run(settings);
}
