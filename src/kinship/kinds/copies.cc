// All of B is A's.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "kinship/kinds/kinds.h"

namespace modelkin {
namespace {

Found FindCopy(const Findings& findings) {
  Found found;
  const FoundTensors same = findings.Find(
      [](const TensorHeritage& tensor) { return tensor.heritage == HeritageClass::kIdentical; });
  if (same.tensors == 0 || findings.pair.b.packed.tensors > 0) return found;
  const bool all = std::ranges::all_of(findings.heritage, [](const TensorHeritage& tensor) {
    return tensor.heritage == HeritageClass::kIdentical || tensor.link.folded || tensor.weight == 0;
  });
  if (!all) return found;
  const bool drawn = std::ranges::any_of(
      findings.heritage, [](const TensorHeritage& tensor) { return tensor.weight == 0; });
  const Said which = drawn                        ? Said{" that were drawn", "(뽑은 것)"}
                     : findings.pair.b.incomplete ? Said{" that are there", "(있는 것)"}
                                                  : Said{};
  found.AddKind(DerivationKind::kCopy,
                Say("all {} tensors of B{} have A's values", "B의 텐서{1} {0}개 모두 A의 값을 가짐",
                    same.tensors, which));
  return found;
}

constexpr auto kKindsOfCopies = std::to_array<KindRow>({
    {DerivationKind::kCopy, "copy", FindCopy},
});

}  // namespace

std::span<const KindRow> KindsOfCopies() { return kKindsOfCopies; }

}  // namespace modelkin
