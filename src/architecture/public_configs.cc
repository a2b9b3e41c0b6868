#include "architecture/public_configs.h"

namespace modelkin {
namespace {

struct ValueCount {
  std::string_view key, value;
  std::uint64_t models;
};

constexpr ValueCount kCounts[] = {
#include "architecture/public_config_counts.inc"
};

}  // namespace

std::optional<Commonness> CommonnessOf(std::string_view key, std::string_view value) {
  Commonness found;
  for (const ValueCount& entry : kCounts) {
    if (entry.key != key) continue;
    found.of += entry.models;
    if (entry.value == value) found.models = entry.models;
  }
  return found.of == 0 ? std::nullopt : std::optional(found);
}

}  // namespace modelkin
