#include "lineage/match_findings.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "linalg/assignment.h"

namespace modelkin {
namespace {

// Of the trace of one MLP: many are combined.
constexpr std::uint64_t kTraceDraws = 10'000;
// Of a cosine of random directions: so far below 0 a cosine is a sign.
constexpr double kClearDeviations = 5;
// A trace that says that units stand where they stood: 1e-3.
constexpr double kInPlaceLogP = -6.907755278982137;

// Ranks of distinct values.
Indices RanksOf(const Indices& values) {
  Indices order(values.size()), ranks(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [&](std::uint32_t i) { return values[i]; });
  for (std::uint32_t rank = 0; rank < order.size(); ++rank) ranks[order[rank]] = rank;
  return ranks;
}

struct RankAgreement {
  std::optional<double> rho;
  TailProbability tail;
};

RankAgreement RankCorrelation(const Indices& first, const Indices& second) {
  const Indices a = RanksOf(first);
  const Indices b = RanksOf(second);
  const auto rho = SpearmanOfRanks(a, b);
  if (!rho) return {};
  return {.rho = rho, .tail = SpearmanTail(a, b)};
}

// Units of pairs whose rows are each other's negated, clearly so.
std::vector<UnitPair> Negated(const UnitRows& a, const UnitRows& b,
                              const std::vector<UnitPair>& pairs) {
  const double limit = -kClearDeviations / std::sqrt(static_cast<double>(a.columns));
  std::vector<UnitPair> negated;
  for (const UnitPair& pair : pairs) {
    const float* const row_a = a.rows.data() + pair.a * a.columns;
    const float* const row_b = b.rows.data() + pair.b * b.columns;
    if (std::inner_product(row_a, row_a + a.columns, row_b, 0.0) < limit) negated.push_back(pair);
  }
  return negated;
}

}  // namespace

std::uint64_t CountAgreed(const Indices& first, const Indices& second) {
  std::uint64_t agreed = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    agreed += first[i] != kUnassigned && first[i] == second[i] ? 1 : 0;
  }
  return agreed;
}

void CompareMatchings(const Indices& first, const Indices& second, MlpMatch& match) {
  Indices partners_first, partners_second;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] == kUnassigned || second[i] == kUnassigned) continue;
    partners_first.push_back(first[i]);
    partners_second.push_back(second[i]);
    match.agreed += first[i] == second[i] ? 1 : 0;
  }
  match.matched = partners_first.size();
  const auto [fewer, more] = std::minmax(match.units_a, match.units_b);
  match.expected = static_cast<double>(fewer) / static_cast<double>(more);
  const RankAgreement ranks = RankCorrelation(partners_first, partners_second);
  match.rho = ranks.rho;
  match.tail = ranks.tail;
}

void CompareOrder(const Indices& partner, const Indices& units_a, const Indices& units_b,
                  MlpMatch& match) {
  Indices own, partners;
  for (std::size_t i = 0; i < partner.size(); ++i) {
    if (partner[i] == kUnassigned) continue;
    own.push_back(units_a[i]);
    partners.push_back(units_b[partner[i]]);
    match.in_place += own.back() == partners.back() ? 1 : 0;
  }
  const RankAgreement ranks = RankCorrelation(own, partners);
  match.order_rho = ranks.rho;
  match.order_tail = ranks.tail;
}

void TraceOrder(const std::vector<float>& similarities, std::size_t units, std::uint64_t seed,
                unsigned threads, MlpMatch& match) {
  match.trace = TraceTestMoments(similarities.data(), units);
  if (!match.trace) return;
  match.trace_tail = TraceTestTail(
      similarities.data(), *match.trace,
      {.draws = kTraceDraws, .seed = seed + match.b, .threads = threads}, BeyondDraws::kFloor);
}

bool AreInPlace(const MlpMatch& match) { return match.trace_tail.log_p < kInPlaceLogP; }

void Relate(const MlpRows& a, const MlpRows& b, const std::vector<UnitPair>& pairs,
            unsigned threads, MlpMatch& match) {
  match.first_relations = RelateUnits(a.first, b.first, pairs, threads);
  const auto negated = match.gated ? Negated(a.second, b.second, pairs) : std::vector<UnitPair>{};
  if (negated.empty()) {
    match.second_relations = RelateUnits(a.second, b.second, pairs, threads);
    return;
  }
  UnitRows with_signs = a.second;
  for (const UnitPair& pair : negated) {
    float* const row = with_signs.rows.data() + pair.a * a.second.columns;
    std::transform(row, row + a.second.columns, row, std::negate<>());
    match.flipped.push_back(pair.b);
  }
  match.second_relations = RelateUnits(with_signs, b.second, pairs, threads);
}

}  // namespace modelkin
