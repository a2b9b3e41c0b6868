// Rows of tokens: more, or in another order.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "kinship/kinds/kinds.h"

namespace modelkin {
namespace {

Found FindTokens(const Findings& findings) {
  Found found;
  const UndoneMoves& moves = findings.alignment.moves;
  const auto embedding = std::ranges::find_if(findings.heritage, [](const TensorHeritage& tensor) {
    return tensor.link.b->role == Role::kEmbedding;
  });
  if (embedding == findings.heritage.end() || !embedding->changes ||
      embedding->heritage == HeritageClass::kUnrelated) {
    return found;
  }
  if (moves.tokens_reordered) {
    found.AddKind(DerivationKind::kVocabularyReordered,
                  {"rows of B's embedding are A's in another order",
                   "B 임베딩의 행은 순서만 다를 뿐 A의 것"});
  }
  if (moves.tokens_added > 0) {
    found.AddKind(
        DerivationKind::kVocabularyExtended,
        Say("B's embedding has {} rows more than A's, and its others go back to A's",
            "B의 임베딩은 A의 것보다 {}행 많고, 나머지는 A의 것에서 나옴", moves.tokens_added),
        {{"rows", static_cast<double>(moves.tokens_added)}});
    found.AddSign(SignKind::kVocabularyExtended, Direction::kAToB,
                  {"B has tokens that A lacks", "B에는 A에 없는 토큰이 있음"});
  }
  if (moves.tokens_missing > 0) {
    found.AddSign(SignKind::kVocabularyExtended, Direction::kBToA,
                  {"A has tokens that B lacks", "A에는 B에 없는 토큰이 있음"});
  }
  return found;
}

constexpr auto kKindsOfTokens = std::to_array<KindRow>({
    {DerivationKind::kVocabularyReordered, "vocabulary_reordered", FindTokens},
    {DerivationKind::kVocabularyExtended, "vocabulary_extended", FindTokens},
});

}  // namespace

std::span<const KindRow> KindsOfTokens() { return kKindsOfTokens; }

}  // namespace modelkin
