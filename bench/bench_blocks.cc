// Values a second of each type of GGUF's blocks on one core, beside the floor of BF16 to float.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <random>
#include <vector>

#include "kernels/block_form.h"
#include "kernels/simd_target.h"
#include "numeric/decode.h"

namespace modelkin::bench {
namespace {

constexpr std::size_t kValues = std::size_t{1} << 16;  // decoded at a time: stays in the cache
constexpr int kRounds = 9, kTimesARound = 64;

// The best of several rounds.
template <class Function>
double ValuesASecond(const Function& f) {
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kTimesARound; ++i) f();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    best = std::max(best, static_cast<double>(kValues) * kTimesARound / took.count());
  }
  return best;
}

std::vector<std::byte> DrawBytes(std::size_t count) {
  std::mt19937_64 draw(1);
  std::vector<std::byte> bytes(count);
  // Halves of the whole range, but few that are subnormal or infinite, as of weights.
  std::ranges::generate(bytes, [&] { return static_cast<std::byte>(draw() & 0xBF); });
  return bytes;
}

void Run() {
  std::vector<float> out(kValues);
  const std::vector<std::byte> narrow = DrawBytes(2 * kValues);
  const double floor =
      ValuesASecond([&] { DecodeToFloat(DType::kBF16, narrow.data(), kValues, out.data()); });
  fmt::print("{}\n{:8} {:6.2f}e9 values a second\n", ActiveSimdTarget(), "BF16", floor / 1e9);
  for (const char* const name :
       {"Q4_0",  "Q4_1",    "Q5_0",   "Q5_1",  "Q8_0",    "Q1_0",   "Q2_K",   "Q3_K",
        "Q4_K",  "Q5_K",    "Q6_K",   "TQ1_0", "TQ2_0",   "IQ4_NL", "IQ4_XS", "MXFP4",
        "NVFP4", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S",  "IQ1_S",  "IQ1_M"}) {
    const BlockForm& form = *FindBlockForm(name);
    const std::size_t blocks = kValues / form.values;
    const std::vector<std::byte> bytes = DrawBytes(blocks * form.bytes);
    const double rate =
        ValuesASecond([&] { DecodeBlocks(form, bytes.data(), blocks, out.data()); });
    fmt::print("{:8} {:6.2f}e9 values a second, {:4.2f} of BF16\n", name, rate / 1e9, rate / floor);
  }
}

}  // namespace
}  // namespace modelkin::bench

int main() { modelkin::bench::Run(); }
