#include "word_sum.h"

#include <cstring>

namespace modelkin::bench {
namespace {

// A vector type: an array of sums is not kept in registers.
using Words = std::uint64_t __attribute__((vector_size(64)));

Words Load(const std::byte* at) {
  Words words;
  std::memcpy(&words, at, sizeof words);
  return words;
}

// Adds the words of four equal streams, each of `length` bytes, taking `step` bytes of each in
// turn.
std::uint64_t SumStreams(const std::byte* data, std::size_t length, std::size_t stride,
                         std::size_t step) {
  Words s0{}, s1{}, s2{}, s3{};
  for (std::size_t at = 0; at < length; at += step) {
    s0 += Load(data + at);
    s1 += Load(data + stride + at);
    s2 += Load(data + 2 * stride + at);
    s3 += Load(data + 3 * stride + at);
  }
  const Words sums = (s0 + s1) + (s2 + s3);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < sizeof sums / 8; ++i) total += sums[i];
  return total;
}

std::uint64_t SumRest(std::span<const std::byte> bytes, std::size_t from) {
  std::uint64_t total = 0;
  for (std::size_t at = from; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    total += word;
  }
  return total;
}

}  // namespace

std::uint64_t SumWords(std::span<const std::byte> bytes) {
  constexpr std::size_t kStep = 4 * sizeof(Words);
  const std::size_t whole = bytes.size() / kStep * kStep;
  return SumStreams(bytes.data(), whole, sizeof(Words), kStep) + SumRest(bytes, whole);
}

std::uint64_t SumWordsInFourStreams(std::span<const std::byte> bytes) {
  const std::size_t stream = bytes.size() / (4 * sizeof(Words)) * sizeof(Words);
  return SumStreams(bytes.data(), stream, stream, sizeof(Words)) + SumRest(bytes, 4 * stream);
}

}  // namespace modelkin::bench
