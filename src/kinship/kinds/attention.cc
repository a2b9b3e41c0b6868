// Heads in another order, and matrices between the factors of attention.
#include <fmt/format.h>

#include <array>
#include <vector>

#include "kinship/kinds/kinds.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

Found FindMovedHeads(const Findings& findings) {
  Found found;
  const std::uint64_t layers = findings.alignment.moves.layers_with_moved_heads;
  if (layers == 0) return found;
  found.AddKind(DerivationKind::kHeadsPermuted,
                fmt::format("attention heads of {} layers are A's in another order", layers));
  return found;
}

Found FindDisguise(const Findings& findings) {
  Found found;
  const UndoneMoves& moves = findings.alignment.moves;
  if (moves.disguised_query_key == 0 && moves.disguised_value_output == 0) return found;
  std::vector<double> products;
  for (const LayerHeads& heads : findings.alignment.heads) {
    if (heads.match.query_key_disguised()) products.push_back(*heads.match.query_key_product);
    if (heads.match.value_output_disguised()) {
      products.push_back(*heads.match.value_output_product);
    }
  }
  const double product = *Median(products);  // there is one for each
  found.AddKind(
      DerivationKind::kAttentionDisguised,
      fmt::format("query and key weights of {} layers, value and output weights of {}, are "
                  "alike by their products alone (mean cosine {:.3f}): matrices were put "
                  "between the factors",
                  moves.disguised_query_key, moves.disguised_value_output, product),
      {{"product_cosine", product}});
  return found;
}

constexpr auto kKindsOfAttention = std::to_array<KindRow>({
    {DerivationKind::kHeadsPermuted, "heads_permuted", FindMovedHeads},
    {DerivationKind::kAttentionDisguised, "attention_disguised", FindDisguise},
});

}  // namespace

std::span<const KindRow> KindsOfAttention() { return kKindsOfAttention; }

}  // namespace modelkin
