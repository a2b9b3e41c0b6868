// Scales and shifts that leave the function as it was.
#include <fmt/format.h>

#include <array>

#include "kinship/kinds/kinds.h"

namespace modelkin {
namespace {

Found FindScaled(const Findings& findings) {
  Found found;
  const FoundTensors scaled = findings.Find([](const TensorHeritage& tensor) {
    return tensor.heritage == HeritageClass::kTransformed && !tensor.link.rotated &&
           !tensor.link.disguised && !tensor.link.folded && !tensor.shifted;
  });
  const std::uint64_t norms = findings.alignment.moves.rescaled_norms;
  if (findings.IsMuch(scaled)) {
    found.AddKind(DerivationKind::kScaled,
                  Say("{} tensors are A's but for a scale of each row or column",
                      "텐서 {}개가 행이나 열의 배율만 다를 뿐 A의 것", scaled.tensors),
                  {}, scaled.few_roles());
  } else if (norms > 0 && !findings.is_rotated()) {
    found.AddKind(DerivationKind::kScaled,
                  Say("{} norms share their scale with the projections that read "
                      "them in another way than A's",
                      "노름 {}개가 이를 읽는 투영과 배율을 나누는 방식이 A와 다름", norms));
  }
  return found;
}

// However few values these are: nothing else leaves a change so exact.
Found FindShifted(const Findings& findings) {
  Found found;
  const FoundTensors shifted =
      findings.Find([](const TensorHeritage& tensor) { return tensor.shifted; });
  if (shifted.tensors == 0) return found;
  found.AddKind(
      DerivationKind::kShifted,
      Say("{} tensors are A's with one row added to all of their rows, which a softmax "
          "does not see",
          "텐서 {}개는 A의 것의 모든 행에 한 행을 더한 것으로, 소프트맥스에는 보이지 않음",
          shifted.tensors),
      {}, shifted.few_roles());
  return found;
}

constexpr auto kKindsOfScales = std::to_array<KindRow>({
    {DerivationKind::kScaled, "scaled", FindScaled},
    {DerivationKind::kShifted, "shifted", FindShifted},
});

}  // namespace

std::span<const KindRow> KindsOfScales() { return kKindsOfScales; }

}  // namespace modelkin
