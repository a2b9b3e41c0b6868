// The same function, written down in another way.
#include <fmt/format.h>

#include <array>

#include "kinship/kinds/kinds.h"

namespace modelkin {
namespace {

Found FindRenamed(const Findings& findings) {
  Found found;
  if (findings.pair.names_given.empty()) return found;
  found.AddKind(
      DerivationKind::kRenamed,
      Say("{} tensors have other names; they were paired by shape and values",
          "텐서 {}개의 이름이 다름; 모양과 값으로 짝지음", findings.pair.names_given.size()));
  return found;
}

Found FindRotaryLayout(const Findings& findings) {
  Found found;
  if (findings.pair.rotary.is_same()) return found;
  const Said pairs{"Meta's and llama.cpp's rotary order (pairs side by side)",
                   "Meta와 llama.cpp의 로터리 배열(쌍을 나란히)"},
      halves{"transformers' (halves)", "transformers의 배열(절반씩)"};
  const bool pairs_in_b = findings.pair.rotary.layout == RotaryLayout::kPairsInB;
  found.AddKind(
      DerivationKind::kRotaryLayout,
      Say("rows of queries and keys are in {} in B and in {} in A, heads of {} rows: a "
          "layout, the same function; they were compared in A's order",
          "쿼리와 키의 행이 B에서는 {}, A에서는 {}이고 헤드는 {}행: 배열만 다른 같은 함수; A의 "
          "순서로 "
          "비교함",
          pairs_in_b ? pairs : halves, pairs_in_b ? halves : pairs, findings.pair.rotary.head_size),
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
