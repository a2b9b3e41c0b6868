#include "word_sum.h"

#include <array>
#include <cstring>

namespace modelkin::bench {

std::uint64_t SumWords(std::span<const std::byte> bytes) {
  // Enough accumulators for the widest vectors to have several in flight.
  constexpr std::size_t kLanes = 32;
  std::array<std::uint64_t, kLanes> sums{};
  std::size_t at = 0;
  for (; at + sizeof sums <= bytes.size(); at += sizeof sums) {
    std::array<std::uint64_t, kLanes> words;
    std::memcpy(words.data(), bytes.data() + at, sizeof words);
    for (std::size_t i = 0; i < kLanes; ++i) sums[i] += words[i];
  }
  std::uint64_t total = 0;
  for (const std::uint64_t sum : sums) total += sum;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    total += word;
  }
  return total;
}

}  // namespace modelkin::bench
