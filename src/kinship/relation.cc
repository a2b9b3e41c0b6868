#include "kinship/relation.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <iterator>
#include <ranges>
#include <set>

#include "kinship/kinds/kinds.h"

namespace modelkin {
namespace {

// Kinds are named in this order.
constexpr std::array kFamilies = {
    KindsOfCopies,        KindsOfLayouts,   KindsOfBases,          KindsOfUnits,   KindsOfExperts,
    KindsOfAttention,     KindsOfScales,    KindsOfUpcycling,      KindsOfLayers,  KindsOfTokens,
    KindsOfNumberFormats, KindsOfPruning,   KindsOfLowRankChanges, KindsOfMerging, KindsOfDrift,
    KindsOfStarts,        KindsOfComponents};

template <class Visit>
void ForEachKind(const Visit& visit) {
  for (const auto family : kFamilies) {
    for (const KindRow& row : family()) visit(row);
  }
}

// Takes signs of decay out of rows of the embedding.
void AddDecayedRows(const DecayedRows* decayed, Relation& relation) {
  if (decayed == nullptr || !decayed->b_is_later()) return;
  const bool b_is_later = *decayed->b_is_later();
  relation.signs.push_back(
      {.kind = SignKind::kDecayedRows,
       .direction = b_is_later ? Direction::kAToB : Direction::kBToA,
       .evidence =
           Say("{} rows of the embedding, of tokens that training between the two never saw, are "
               "shorter in {} by one factor ({:.4f}), as by weight decay",
               "둘 사이의 학습이 보지 못한 토큰의 임베딩 행 {}개가 {}에서 같은 비율({:.4f})로 "
               "짧음: 가중치 "
               "감쇠의 흔적",
               decayed->rows, b_is_later ? "B" : "A", std::exp(-std::abs(decayed->log_ratio)))});
}

}  // namespace

std::string_view DerivationKindName(DerivationKind kind) {
  std::string_view name;
  ForEachKind([&](const KindRow& row) {
    if (row.kind == kind) name = row.name;
  });
  return name;
}

std::vector<DerivationKind> AllDerivationKinds() {
  std::vector<DerivationKind> all;
  ForEachKind([&](const KindRow& row) { all.push_back(row.kind); });
  return all;
}

Relation Relate(Findings findings, const DecayedRows* decayed) {
  Relation relation;
  const KindScope left_out = findings.only_started_alike ? KindScope::kChange : KindScope::kStart;
  Found (*last)(const Findings&) = nullptr;
  ForEachKind([&](const KindRow& row) {
    if (row.find == nullptr || row.scope == left_out || row.find == last) return;
    last = row.find;
    Found found = row.find(findings);
    std::ranges::move(found.kinds, std::back_inserter(findings.named));
    std::ranges::move(found.signs, std::back_inserter(relation.signs));
  });
  relation.kinds = std::move(findings.named);
  if (!findings.only_started_alike) AddDecayedRows(decayed, relation);
  std::set<Direction> said;
  for (const DirectionFact& fact : relation.facts) said.insert(fact.direction);
  if (said.size() == 1) relation.direction = *said.begin();
  relation.signs_point = WhereSignsPoint(relation.signs);
  return relation;
}

}  // namespace modelkin
