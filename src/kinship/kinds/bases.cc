// Residual coordinates in another order, or rotated.
#include <fmt/format.h>

#include <array>

#include "kinship/kinds/kinds.h"

namespace modelkin {
namespace {

Found FindBasis(const Findings& findings) {
  Found found;
  if (findings.basis == nullptr || findings.basis->map == nullptr ||
      findings.basis->map->is_in_order() || !findings.IsLinkedInBasis()) {
    return found;
  }
  const bool rotated = !findings.basis->map->is_permutation();
  const bool has_signs = findings.basis->map->has_signs();
  const Said how = rotated ? Said{"after a rotation", "회전 후"}
                   : has_signs ? Said{"in another order, with other signs", "다른 순서, 다른 부호"}
                               : Said{"in another order", "다른 순서"};
  const Said by = findings.basis->by == BasisSource::kTokens
                      ? Said{"rows of tokens", "개의 토큰 행"}
                      : Said{"sums over layers", "개의 층별 합"};
  found.AddKind(
      rotated ? DerivationKind::kResidualRotated : DerivationKind::kResidualPermuted,
      Say("B's residual coordinates are A's {}: fitted to {} {}, what was held out has "
          "a mean cosine of {:.3f} (after a fit to what was shuffled {:.3f})",
          "B의 잔차 좌표는 A의 것({}): {} {}에 맞췄고, 남겨 둔 것의 평균 코사인은 {:.3f}(섞은 것에 "
          "맞추면 {:.3f})",
          how, findings.basis->fitted, by, findings.basis->cosine, findings.basis->shuffled_cosine),
      {{"cosine", findings.basis->cosine}, {"shuffled_cosine", findings.basis->shuffled_cosine}});
  return found;
}

constexpr auto kKindsOfBases = std::to_array<KindRow>({
    {DerivationKind::kResidualRotated, "residual_rotated", FindBasis},
    {DerivationKind::kResidualPermuted, "residual_permuted", FindBasis},
});

}  // namespace

std::span<const KindRow> KindsOfBases() { return kKindsOfBases; }

}  // namespace modelkin
