// More elements than 31 bits count, in sparse files.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <map>

#include "scan/scan_files.h"
#include "scan/test_values.h"

namespace modelkin {
namespace huge_tensor_test {

using testing::Decode;
using testing::Encode;
using testing::Normal;
using testing::TemporaryDirectory;

constexpr std::uint64_t kElements = (std::uint64_t{1} << 31) + 5;
constexpr std::size_t kRun = 1000;
constexpr std::uint64_t kRunStarts[] = {0, (std::uint64_t{1} << 31) - 20'000,
                                        kElements - kRun};  // the last one across 2^31

// By index.
using Values = std::map<std::uint64_t, double>;

// False if the file system can't hold the file as a hole.
bool WriteSparse(const std::string& path, const Values& values) {
  const std::string length = std::to_string(kElements);
  const std::string header = testing::RawSafetensorsFile(
      R"({"x":)" +
      testing::EntryText("BF16", "[" + length + "]", "[0," + std::to_string(2 * kElements) + "]") +
      "}");
  const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const auto size = static_cast<off_t>(header.size() + 2 * kElements);
  bool written = ftruncate(file, size) == 0 && pwrite(file, header.data(), header.size(), 0) ==
                                                   static_cast<ssize_t>(header.size());
  for (const auto& [index, value] : values) {
    const std::string bytes = Encode(DType::kBF16, std::vector{value});
    written = written &&
              pwrite(file, bytes.data(), 2, static_cast<off_t>(header.size() + 2 * index)) == 2;
  }
  struct stat status = {};
  written = written && fstat(file, &status) == 0 && status.st_blocks < 10'000;
  close(file);
  return written;
}

Values MakeValues(std::uint64_t seed) {
  Values values;
  for (const std::uint64_t start : kRunStarts) {
    const std::string bytes = Encode(DType::kBF16, Normal(kRun, 0.5, 1, seed + start));
    const std::vector<double> run = Decode(DType::kBF16, bytes);
    for (std::size_t i = 0; i < kRun; ++i) values[start + i] = run[i];
  }
  return values;
}

TEST(HugeTensor, CountsAndCosine) {
  const TemporaryDirectory directory;
  const Values a = MakeValues(1);
  Values b = MakeValues(2);
  for (auto& [index, value] : b) {
    if (index % 3 == 0) value = a.at(index);
  }
  if (!WriteSparse(directory.File("a.safetensors"), a) ||
      !WriteSparse(directory.File("b.safetensors"), b)) {
    GTEST_SKIP() << "no room for sparse files of 4 GiB in " << directory.path();
  }
  long double dot = 0, squares_a = 0, squares_b = 0, sum_a = 0, sum_b = 0, abs_diff = 0;
  std::uint64_t equal = kElements - a.size();
  for (const auto& [index, x] : a) {
    const double y = b.at(index);
    dot += static_cast<long double>(x) * y;
    squares_a += static_cast<long double>(x) * x;
    squares_b += static_cast<long double>(y) * y;
    sum_a += x;
    sum_b += y;
    abs_diff += std::abs(x - y);
    equal += x == y ? 1 : 0;
  }
  const Checkpoint checkpoint_a = OpenCheckpoint(directory.File("a.safetensors"));
  const Checkpoint checkpoint_b = OpenCheckpoint(directory.File("b.safetensors"));
  const Pairing pairing = PairByName(checkpoint_a, checkpoint_b, {});
  Progress progress;
  const PairMetrics metrics =
      ComputeMetrics(ScanPairs(checkpoint_a, checkpoint_b, pairing.pairs, {}, progress).at(0));

  EXPECT_EQ(metrics.elements, kElements);
  EXPECT_EQ(metrics.finite_pairs, kElements);
  EXPECT_EQ(metrics.bit_equal, equal);
  const auto n = static_cast<long double>(kElements);
  const long double norms = std::sqrt(squares_a) * std::sqrt(squares_b);
  const long double deviations =
      std::sqrt(squares_a - sum_a * sum_a / n) * std::sqrt(squares_b - sum_b * sum_b / n);
  EXPECT_NEAR(metrics.cosine_similarity.value(), static_cast<double>(dot / norms), 1e-7);
  EXPECT_NEAR(metrics.pearson_correlation.value(),
              static_cast<double>((dot - sum_a * sum_b / n) / deviations), 1e-7);
  EXPECT_NEAR(metrics.mean_abs_diff.value(), static_cast<double>(abs_diff / n),
              1e-5 * static_cast<double>(abs_diff / n));
  EXPECT_EQ(metrics.a.sparsity.value(),
            static_cast<double>(kElements - a.size()) / static_cast<double>(kElements));
  EXPECT_EQ(metrics.a.p99_abs.value(), 0.0);
}

}  // namespace huge_tensor_test
}  // namespace modelkin
