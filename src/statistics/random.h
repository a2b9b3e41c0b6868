// Random numbers that are the same everywhere, in independent streams.
#ifndef MODELKIN_STATISTICS_RANDOM_H_
#define MODELKIN_STATISTICS_RANDOM_H_

#include <array>
#include <cstdint>
#include <span>

namespace modelkin {

// SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014):
// moves `state` on and returns the next of its numbers.
std::uint64_t SplitMix64(std::uint64_t& state);

inline constexpr std::uint64_t kSplitMixStep = 0x9e3779b97f4a7c15;

// Returns the number of SplitMix64 after the state `number`: one that looks random for each.
inline std::uint64_t MixedWord(std::uint64_t number) {
  number += kSplitMixStep;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

// xoshiro256** 1.0 (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2021).
class Random {
 public:
  using State = std::array<std::uint64_t, 4>;

  explicit Random(const State& state) : state_(state) {}
  // Started by SplitMix64 from both numbers.
  Random(std::uint64_t seed, std::uint64_t stream);

  std::uint64_t Next();
  // Uniform in [0, bound); 0 for a bound of 0. Without bias: Lemire, "Fast random integer
  // generation in an interval", 2019.
  std::uint32_t UniformBelow(std::uint32_t bound);
  // A multiple of 2^-53 in [0, 1).
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  // Puts them in uniformly random order (Fisher & Yates).
  void Shuffle(std::span<std::uint32_t> values);

 private:
  State state_;
};

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_RANDOM_H_
