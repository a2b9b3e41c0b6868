// How common configuration values are: so that a shared one is not mistaken for evidence.
#ifndef MODELKIN_ARCHITECTURE_PUBLIC_CONFIGS_H_
#define MODELKIN_ARCHITECTURE_PUBLIC_CONFIGS_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace modelkin {

struct Commonness {
  std::uint64_t models = 0;  // that have the value
  std::uint64_t of = 0;      // that say anything about the key
};

// The public models whose configuration values the PyPI package cisco-ai-provenance-kit 1.0.0
// (Apache-2.0) lists.
inline constexpr std::uint64_t kPublicConfigs = 152;

// Among these. `value` as config.json has it, strings without
// quotes. Nullopt for a key that the list does not have.
std::optional<Commonness> CommonnessOf(std::string_view key, std::string_view value);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_PUBLIC_CONFIGS_H_
