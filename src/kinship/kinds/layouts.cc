// The same function, written down in another way.
#include <fmt/format.h>

#include <array>

#include "kinship/kinds/kinds.h"

namespace modelkin {
namespace {

Found FindRenamed(const Findings& findings) {
  Found found;
  if (findings.pair.names_given.empty()) return found;
  found.AddKind(DerivationKind::kRenamed,
                fmt::format("{} tensors have other names; they were paired by shape and values",
                            findings.pair.names_given.size()));
  return found;
}

Found FindRotaryLayout(const Findings& findings) {
  Found found;
  if (findings.pair.rotary.is_same()) return found;
  const std::string_view pairs = "Meta's and llama.cpp's rotary order (pairs side by side)",
                         halves = "transformers' (halves)";
  const bool pairs_in_b = findings.pair.rotary.layout == RotaryLayout::kPairsInB;
  found.AddKind(
      DerivationKind::kRotaryLayout,
      fmt::format("rows of queries and keys are in {} in B and in {} in A, heads of {} rows: a "
                  "layout, the same function; they were compared in A's order",
                  pairs_in_b ? pairs : halves, pairs_in_b ? halves : pairs,
                  findings.pair.rotary.head_size),
      {{"head_size", static_cast<double>(findings.pair.rotary.head_size)}});
  return found;
}

constexpr auto kKindsOfLayouts = std::to_array<KindRow>({
    {DerivationKind::kRenamed, "renamed", FindRenamed, KindScope::kLayout},
    {DerivationKind::kRotaryLayout, "rotary_layout", FindRotaryLayout, KindScope::kLayout},
});

}  // namespace

std::span<const KindRow> KindsOfLayouts() { return kKindsOfLayouts; }

}  // namespace modelkin
