#include "statistics/random.h"

#include <bit>
#include <utility>

namespace modelkin {

std::uint64_t SplitMix64(std::uint64_t& state) {
  const std::uint64_t number = MixedWord(state);
  state += kSplitMixStep;
  return number;
}

Random::Random(std::uint64_t seed, std::uint64_t stream) : state_{} {
  std::uint64_t mixed = seed;
  mixed = SplitMix64(mixed) ^ stream;
  for (std::uint64_t& word : state_) word = SplitMix64(mixed);
}

std::uint64_t Random::Next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint32_t Random::UniformBelow(std::uint32_t bound) {
  std::uint64_t product = (Next() >> 32) * bound;
  auto low = static_cast<std::uint32_t>(product);
  if (low < bound) {  // never for 0
    const std::uint32_t refused = (0 - bound) % bound;
    while (low < refused) {
      product = (Next() >> 32) * bound;
      low = static_cast<std::uint32_t>(product);
    }
  }
  return static_cast<std::uint32_t>(product >> 32);
}

void Random::Shuffle(std::span<std::uint32_t> values) {
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[UniformBelow(static_cast<std::uint32_t>(i))]);
  }
}

}  // namespace modelkin
