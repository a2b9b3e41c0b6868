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
  found.AddKind(
      rotated ? DerivationKind::kResidualRotated : DerivationKind::kResidualPermuted,
      fmt::format(
          "B's residual coordinates are A's {}: fitted to {} {}, what was held out has "
          "a mean cosine of {:.3f} (after a fit to what was shuffled {:.3f})",
          rotated                            ? "after a rotation"
          : findings.basis->map->has_signs() ? "in another order, with other signs"
                                             : "in another order",
          findings.basis->fitted,
          findings.basis->by == BasisSource::kTokens ? "rows of tokens" : "sums over layers",
          findings.basis->cosine, findings.basis->shuffled_cosine),
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
