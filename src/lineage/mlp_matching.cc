#include "lineage/mlp_matching.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "linalg/assignment.h"
#include "linalg/matrix_product.h"
#include "lineage/diagonal_mean.h"
#include "lineage/random_matching.h"
#include "lineage/unit_matrix.h"
#include "statistics/agreement.h"

namespace modelkin {
namespace {

using Indices = std::vector<std::uint32_t>;

constexpr std::size_t kProductRowsAtOnce = 256;  // of a product

// Of the trace of one MLP: many are combined.
constexpr std::uint64_t kTraceDraws = 10'000;
// Of a cosine of random directions: so far below 0 a cosine is a sign.
constexpr double kClearDeviations = 5;
// A trace that says that units stand where they stood: 1e-3.
constexpr double kInPlaceLogP = -6.907755278982137;

UnitRows ReadRows(const ModelParts& model, const Part& part) {
  UnitRows result;
  const std::size_t axis = 1 - *part.residual_axis();
  result.finite = ReadByUnit(model.checkpoint, *part.tensor, axis, result.rows);
  result.units = part.tensor->shape[axis];
  result.columns = *model.residual;
  result.Normalise();
  return result;
}

Indices AliveIn(const UnitRows& first, const UnitRows& second) {
  Indices units;
  for (std::uint32_t unit = 0; unit < first.units; ++unit) {
    if (first.alive[unit] && second.alive[unit]) units.push_back(unit);
  }
  return units;
}

// Whether units may be negated, so that only the size of a cosine counts.
enum class UnitSigns : std::uint8_t { kFixed, kFree };

// For each of units_a (by index into it) the matched one of units_b, or kUnassigned. Cosines of all
// units are added to `sum`, unless it is null: a.units rows of b.units.
Indices Match(const UnitRows& a, const UnitRows& b, UnitSigns signs, const Indices& units_a,
              const Indices& units_b, Random& random, unsigned threads, std::vector<float>* sum) {
  RandomMatching matching(units_a.size(), units_b.size(), random);
  // By blocks of rows: only what is solved, and the sum, are there as a whole.
  std::vector<float> rows, cosines;
  for (std::size_t first = 0; first < units_a.size(); first += kProductRowsAtOnce) {
    const std::size_t count = std::min(kProductRowsAtOnce, units_a.size() - first);
    rows.clear();
    for (std::size_t i = first; i < first + count; ++i) {
      const std::size_t unit = units_a[matching.row_unit(i)];
      const auto from = a.rows.begin() + static_cast<std::ptrdiff_t>(unit * a.columns);
      rows.insert(rows.end(), from, from + static_cast<std::ptrdiff_t>(a.columns));
    }
    cosines.assign(count * b.units, 0);
    AddProductTransposed({rows.data(), count, a.columns}, {b.rows.data(), b.units, b.columns},
                         threads, cosines.data());
    for (std::size_t i = 0; i < count; ++i) {
      const float* const own = cosines.data() + i * b.units;
      for (std::size_t j = 0; j < units_b.size(); ++j) {
        const float cosine = own[units_b[matching.column_unit(j)]];
        matching.Set(first + i, j, signs == UnitSigns::kFree ? std::abs(cosine) : cosine);
      }
      if (sum == nullptr) continue;
      float* const to = sum->data() + units_a[matching.row_unit(first + i)] * b.units;
      for (std::size_t j = 0; j < b.units; ++j) to[j] += own[j];
    }
  }
  return matching.Solve(threads);
}

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

// Units have the places of residual coordinates where both started as an identity: taken away.
void RemoveIdentityOfUnits(UnitRows& a, UnitRows& b) {
  if (!RemoveIdentities(a.rows, a.columns, b.rows, b.columns)) return;
  a.Normalise();
  b.Normalise();
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

// Of pairs that belong together; up rows of A get B's signs before they are related.
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

std::string WhyNot(const Mlp& a, const Mlp& b) {
  if (std::max(a.width, b.width) > kMostUnits) return "too many hidden units";
  const bool both_gated = a.gate != nullptr && b.gate != nullptr;
  const bool both_down = a.down != nullptr && b.down != nullptr;
  if (!both_gated && !both_down) return "no two weights in common";
  return "";
}

}  // namespace

double MlpMatch::log_p_linked() const {
  const double agreement_p = LogAgreementTail(agreed, expected);
  return std::min(0.0, std::min(agreement_p, trace_tail.log_p) + std::numbers::ln2);
}

std::optional<double> MlpMatch::learned() const {
  const auto first = first_relations ? first_relations->learned() : std::nullopt;
  const auto second = second_relations ? second_relations->learned() : std::nullopt;
  if (first && second) return (*first + *second) / 2;
  return first ? first : second;
}

std::optional<double> MlpMatch::cosine() const {
  if (!first_relations || !second_relations) return std::nullopt;
  return (first_relations->cosine + second_relations->cosine) / 2;
}

MlpMatch BeginMatch(const ModelParts& model_a, std::size_t a, const ModelParts& model_b,
                    std::size_t b) {
  const Mlp& mlp_a = model_a.mlps[a];
  const Mlp& mlp_b = model_b.mlps[b];
  return {.a = a,
          .b = b,
          .gated = mlp_a.gate != nullptr && mlp_b.gate != nullptr,
          .skipped = WhyNot(mlp_a, mlp_b),
          .same_width = mlp_a.width == mlp_b.width};
}

MlpRows ReadMlpRows(const ModelParts& model, std::size_t mlp, bool gated) {
  const Mlp& of = model.mlps[mlp];
  return {.first = ReadRows(model, gated ? *of.gate : *of.up),
          .second = ReadRows(model, gated ? *of.up : *of.down)};
}

void MatchRows(const MlpRows& a, const MlpRows& b, std::uint64_t seed, unsigned threads,
               MatchDepth depth, MlpMatch& match) {
  if (!a.first.finite || !a.second.finite || !b.first.finite || !b.second.finite) {
    match.skipped = "weights that are not finite";
    return;
  }
  const Indices units_a = AliveIn(a.first, a.second);
  const Indices units_b = AliveIn(b.first, b.second);
  match.units_a = units_a.size();
  match.units_b = units_b.size();
  if (units_a.size() < 2 || units_b.size() < 2) {
    match.skipped = "fewer than two hidden units with weights";
    return;
  }
  Random random(seed, match.b);
  const bool in_order = depth == MatchDepth::kAll && match.same_width;
  std::vector<float> sum(in_order ? a.first.units * b.first.units : 0, 0);
  std::vector<float>* const sum_to = in_order ? &sum : nullptr;
  const Indices first =
      Match(a.first, b.first, UnitSigns::kFixed, units_a, units_b, random, threads, sum_to);
  const Indices second =
      Match(a.second, b.second, match.gated ? UnitSigns::kFree : UnitSigns::kFixed, units_a,
            units_b, random, threads, sum_to);
  CompareMatchings(first, second, match);
  if (depth == MatchDepth::kMatchings) return;
  if (in_order) {
    CompareOrder(first, units_a, units_b, match);
    TraceOrder(sum, b.first.units, seed, threads, match);
  }
  if (match.log_p_linked() >= kLinkedLogP) return;
  std::vector<UnitPair> pairs;
  if (match.trace_tail.log_p < kInPlaceLogP) {
    for (const std::uint32_t unit : units_a) {
      if (b.first.alive[unit] && b.second.alive[unit]) pairs.push_back({unit, unit});
    }
  } else {
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (first[i] != kUnassigned && first[i] == second[i]) {
        pairs.push_back({units_a[i], units_b[first[i]]});
      }
    }
  }
  Relate(a, b, pairs, threads, match);
  if (match.trace_tail.log_p >= kInPlaceLogP) match.partners = std::move(pairs);
}

MlpMatch MatchMlps(const ModelParts& model_a, std::size_t a, const ModelParts& model_b,
                   std::size_t b, std::uint64_t seed, unsigned threads) {
  MlpMatch match = BeginMatch(model_a, a, model_b, b);
  if (!match.skipped.empty()) return match;
  MlpRows rows_a = ReadMlpRows(model_a, a, match.gated);
  MlpRows rows_b = ReadMlpRows(model_b, b, match.gated);
  RemoveIdentityOfUnits(rows_a.first, rows_b.first);
  RemoveIdentityOfUnits(rows_a.second, rows_b.second);
  match.order = SketchOrder(rows_b.first);
  MatchRows(rows_a, rows_b, seed, threads, MatchDepth::kAll, match);
  return match;
}

}  // namespace modelkin
