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
                Say("attention heads of {} layers are A's in another order",
                    "층 {}개의 어텐션 헤드가 순서만 다를 뿐 A의 것", layers));
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
  found.AddKind(DerivationKind::kAttentionDisguised,
                Say("query and key weights of {} layers, value and output weights of {}, are "
                    "alike by their products alone (mean cosine {:.3f}): matrices were put "
                    "between the factors",
                    "층 {}개의 쿼리·키 가중치와 층 {}개의 밸류·출력 가중치는 곱만 닮았음(평균 "
                    "코사인 {:.3f}): "
                    "인수 사이에 행렬을 끼워 넣음",
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
