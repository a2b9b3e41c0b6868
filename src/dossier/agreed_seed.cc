#include "dossier/agreed_seed.h"

#include <fmt/format.h>

#include <algorithm>

namespace modelkin {

std::string AgreedSeed(const Digest& root, const Digest& other, std::string_view beacon) {
  const auto& [first, second] = std::minmax(root, other);
  return HexOf(DigestOf(fmt::format("modelkin dossier seed of two 1\n{}\n{}\n{}", HexOf(first),
                                    HexOf(second), beacon)));
}

std::uint64_t SeedNumber(std::string_view seed) {
  const Digest digest = DigestOf(fmt::format("modelkin dossier seed 1\n{}", seed));
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number |= std::to_integer<std::uint64_t>(digest[i]) << 8 * i;
  return number;
}

}  // namespace modelkin
