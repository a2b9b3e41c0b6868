#include "kinship/kinds/findings.h"

#include <algorithm>
#include <cmath>

namespace modelkin {
namespace {

// A kind that is a matter of tensors' values applies if it is that of so many of the elements that
// B has from A.
constexpr double kShareOfElements = 0.02;
// Roles are named where they are no more than this.
constexpr std::size_t kFewRoles = 12;
// Of a linked MLP's units, if there is little else to go by: docs/kinship.md.
constexpr double kLeastLinkedUnits = 0.25;

// Elements of a tensor and of those that it stands for.
std::uint64_t ElementsFor(const TensorHeritage& tensor) {
  return static_cast<std::uint64_t>(
      std::llround(tensor.weight * static_cast<double>(tensor.link.b->tensor->elements)));
}

}  // namespace

void FoundTensors::Add(const TensorHeritage& tensor) {
  ++tensors;
  elements += ElementsFor(tensor);
  roles.insert(tensor.link.b->pattern);
}

std::vector<std::string> FoundTensors::few_roles() const {
  if (roles.size() > kFewRoles) return {};
  return {roles.begin(), roles.end()};
}

bool Findings::Has(DerivationKind kind) const {
  return std::ranges::find(named, kind, &Kind::kind) != named.end();
}

bool Findings::IsMuch(const FoundTensors& found) const {
  std::uint64_t inherited = 0;  // elements that B has from A
  for (const TensorHeritage& tensor : heritage) {
    if (tensor.heritage != HeritageClass::kAdded && tensor.heritage != HeritageClass::kUnrelated) {
      inherited += ElementsFor(tensor);
    }
  }
  return found.tensors > 0 &&
         static_cast<double>(found.elements) >= kShareOfElements * static_cast<double>(inherited);
}

bool Findings::is_rotated() const {
  return basis != nullptr && basis->map != nullptr && !basis->map->is_permutation();
}

bool Findings::IsLinkedInBasis() const {
  const bool by_units = std::ranges::any_of(pair.mlps, [](const MlpMatch& match) {
    return match.skipped.empty() && match.log_p_linked() < kLinkedLogP &&
           match.agreement() >= kLeastLinkedUnits;
  });
  return by_units || std::ranges::any_of(alignment.heads, [](const LayerHeads& heads) {
           return heads.match.linked();
         });
}

}  // namespace modelkin
