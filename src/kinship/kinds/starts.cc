// Models that only started alike: neither was made from the other.
#include <array>

#include "kinship/kinds/kinds.h"

namespace modelkin {
namespace {

Found FindCommonStart(const Findings& findings) {
  Found found;
  if (!findings.only_started_alike) return found;
  found.AddKind(DerivationKind::kCommonInitialisation,
                {"what B's tensors are shown to have in common with A's is where both started",
                 "B와 A의 텐서에 공통됨이 드러난 것은 둘의 출발점"});
  return found;
}

constexpr auto kKindsOfStarts = std::to_array<KindRow>({
    {DerivationKind::kCommonInitialisation, "common_initialisation", FindCommonStart,
     KindScope::kStart},
});

}  // namespace

std::span<const KindRow> KindsOfStarts() { return kKindsOfStarts; }

}  // namespace modelkin
