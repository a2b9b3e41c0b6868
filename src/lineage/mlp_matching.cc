#include "lineage/mlp_matching.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "linalg/assignment.h"
#include "linalg/matrix_product.h"
#include "lineage/diagonal_mean.h"
#include "lineage/match_findings.h"
#include "lineage/random_matching.h"
#include "lineage/unit_matrix.h"
#include "statistics/agreement.h"
#include "statistics/binomial_tail.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

constexpr std::size_t kProductRowsAtOnce = 256;  // of a product

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

// Of both matchings, with B's residual coordinates in random order.
std::uint64_t AgreedRenumbered(const MlpRows& a, MlpRows b, const Indices& units_a,
                               const Indices& units_b, std::uint64_t seed, unsigned threads,
                               const MlpMatch& match) {
  Random random(seed, ~match.b);
  std::uint64_t agreed = 0;
  for (std::uint64_t draw = 0; draw < kRenumberings; ++draw) {
    RenumberColumns(seed + draw, b);
    const Indices first =
        Match(a.first, b.first, UnitSigns::kFixed, units_a, units_b, random, threads, nullptr);
    const Indices second =
        Match(a.second, b.second, SecondSigns(match), units_a, units_b, random, threads, nullptr);
    agreed += CountAgreed(first, second);
  }
  return (agreed + kRenumberings - 1) / kRenumberings;
}

// Units have the places of residual coordinates where both started as an identity: taken away.
void RemoveIdentityOfUnits(UnitRows& a, UnitRows& b) {
  if (!RemoveIdentities(a.rows, a.columns, b.rows, b.columns)) return;
  a.Normalise();
  b.Normalise();
}

std::string WhyNot(const Mlp& a, const Mlp& b, UnitsTaken taken) {
  if (taken == UnitsTaken::kAll && std::max(a.width, b.width) > kMostUnits)
    return "too many hidden units";
  const bool both_gated = a.gate != nullptr && b.gate != nullptr;
  const bool both_down = a.down != nullptr && b.down != nullptr;
  if (!both_gated && !both_down) return "no two weights in common";
  return "";
}

}  // namespace

double LogAgreementTail(std::uint64_t agreed, double expected, std::uint64_t renumbered) {
  const double by_chance = LogAgreementTail(agreed, expected);
  if (renumbered == 0) return by_chance;
  return std::max(by_chance, LogBinomialTail(agreed + kRenumberings * renumbered,
                                             1.0 / (1 + kRenumberings), agreed));
}

double UnitsAlike(const MlpRows& a, const MlpRows& b) {
  const auto of = [](const MlpRows& rows) {
    if (rows.first.columns != rows.second.columns) return 0.0;
    double squares = 0;
    for (std::size_t unit = 0; unit < rows.first.units; ++unit) {
      const auto begin =
          rows.first.rows.begin() + static_cast<std::ptrdiff_t>(unit * rows.first.columns);
      const double cosine = std::inner_product(
          begin, begin + static_cast<std::ptrdiff_t>(rows.first.columns),
          rows.second.rows.begin() + static_cast<std::ptrdiff_t>(unit * rows.first.columns), 0.0);
      squares += cosine * cosine;
    }
    return std::sqrt(squares / static_cast<double>(std::max<std::size_t>(1, rows.first.units)));
  };
  return of(a) * of(b);
}

void RenumberColumns(std::uint64_t seed, MlpRows& rows) {
  const std::size_t columns = rows.first.columns;
  Indices order(columns);
  std::iota(order.begin(), order.end(), 0U);
  Random(seed, columns).Shuffle(order);
  std::vector<float> row(columns);
  for (UnitRows* const side : {&rows.first, &rows.second}) {
    for (std::size_t unit = 0; unit < side->units; ++unit) {
      float* const own = side->rows.data() + unit * columns;
      for (std::size_t k = 0; k < columns; ++k) row[k] = own[order[k]];
      std::ranges::copy(row, own);
    }
  }
}

double MlpMatch::log_p_linked() const {
  const std::uint64_t fewer = std::min(units_a, units_b);
  const bool enough = fewer > 0 && static_cast<double>(agreed_beyond()) >=
                                       kLeastLinkedAgreement * static_cast<double>(fewer);
  const double agreement_p = enough ? LogAgreementTail(agreed, expected, agreed_renumbered) : 0.0;
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
                    std::size_t b, UnitsTaken taken) {
  const Mlp& mlp_a = model_a.mlps[a];
  const Mlp& mlp_b = model_b.mlps[b];
  return {.a = a,
          .b = b,
          .gated = mlp_a.gate != nullptr && mlp_b.gate != nullptr,
          .skipped = WhyNot(mlp_a, mlp_b, taken),
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
      Match(a.second, b.second, SecondSigns(match), units_a, units_b, random, threads, sum_to);
  CompareMatchings(first, second, match);
  if (match.agreement() >= kLeastLinkedAgreement && UnitsAlike(a, b) > kUnitsAlike) {
    match.agreed_renumbered = AgreedRenumbered(a, b, units_a, units_b, seed, threads, match);
  }
  if (depth == MatchDepth::kMatchings) return;
  if (in_order) {
    CompareOrder(first, units_a, units_b, match);
    TraceOrder(sum, b.first.units, seed, threads, match);
  }
  if (match.log_p_linked() >= kLinkedLogP) return;
  std::vector<UnitPair> pairs;
  if (AreInPlace(match)) {
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
  if (!AreInPlace(match)) match.partners = std::move(pairs);
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
