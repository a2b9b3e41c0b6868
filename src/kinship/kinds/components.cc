#include <array>

#include "kinship/kinds/kinds.h"

namespace modelkin {
namespace {

constexpr auto kKindsOfComponents = std::to_array<KindRow>({
    {DerivationKind::kComponentTaken, "component_taken"},
    {DerivationKind::kTextReplaced, "text_replaced"},
});

}  // namespace

std::span<const KindRow> KindsOfComponents() { return kKindsOfComponents; }

}  // namespace modelkin
