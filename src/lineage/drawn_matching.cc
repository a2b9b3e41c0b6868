#include "lineage/drawn_matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linalg/assignment.h"
#include "lineage/diagonal_mean.h"
#include "lineage/draw_plan.h"
#include "lineage/drawn_cosines.h"
#include "lineage/match_findings.h"
#include "lineage/random_matching.h"

namespace modelkin {
namespace {

// Units of either model whose relations are asked.
constexpr std::uint64_t kRelatedUnits = 192;
// Of the median cosine of pairs: with less a pair is one by chance.
constexpr double kStrayCosine = 0.6;

// Where units stand at residual coordinates.
void RemoveDiagonalAt(const Indices& units, UnitRows& rows) {
  for (std::size_t i = 0; i < units.size(); ++i) {
    rows.rows[i * rows.columns + units[i] % rows.columns] = 0;
  }
  rows.Normalise();
}

void TakeAway(UnitDiagonal diagonal, const Indices& units, UnitRows& rows) {
  if (diagonal == UnitDiagonal::kTakenAway) RemoveDiagonalAt(units, rows);
  if (diagonal != UnitDiagonal::kLargestTakenAway) return;
  ClearLargest(rows.rows, rows.columns);
  rows.Normalise();
}

// Whether one of them has more units than are drawn.
bool AreDrawn(const Mlp& a, const Mlp& b, std::uint64_t units) {
  return units < std::max(a.width, b.width);
}

// The two weights of an MLP that matchings go by.
struct RowReaders {
  UnitRowReader first, second;
};

RowReaders ReadersOf(const ModelParts& model, std::size_t mlp, bool gated) {
  const Mlp& of = model.mlps[mlp];
  return {.first = UnitRowReader(model, gated ? *of.gate : *of.up),
          .second = UnitRowReader(model, gated ? *of.up : *of.down)};
}

// Of rows of the units in these places.
DiagonalMean DiagonalAt(const UnitRows& rows, const Indices& places) {
  DiagonalMean diagonal{.values = rows.rows.size()};
  for (const float value : rows.rows) diagonal.squares += static_cast<double>(value) * value;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i] >= rows.columns) continue;
    diagonal.sum += rows.rows[i * rows.columns + places[i]];
    ++diagonal.count;
  }
  return diagonal;
}

// Takes away what both have of an identity, as far as drawn units tell.
UnitDiagonal RemoveIdentityOfDrawn(const UnitRowReader& a, std::uint64_t seed,
                                   const Indices& places, UnitRows& b) {
  const DiagonalMean own = DiagonalAt(b, places);
  const bool in_place = AreIdentityLike(own, own);
  const bool at_coordinates = StandAtCoordinates(b.rows, b.columns);
  if (!in_place && !at_coordinates) return UnitDiagonal::kKept;
  const Indices places_a = DrawnUnits(seed, a.units(), places.size());
  const UnitRows drawn_a = a.ReadThese(places_a);
  auto diagonal = UnitDiagonal::kKept;
  if (in_place && AreIdentityLike(own, DiagonalAt(drawn_a, places_a))) {
    diagonal = UnitDiagonal::kTakenAway;
  } else if (at_coordinates && StandAtCoordinates(drawn_a.rows, drawn_a.columns)) {
    diagonal = UnitDiagonal::kLargestTakenAway;
  }
  TakeAway(diagonal, places, b);
  return diagonal;
}

// For each of units_a, by index, one of drawn_b, by index, or kUnassigned.
Indices MatchUnits(const DrawnCosines& with, UnitSigns signs, const Indices& units_a,
                   const Indices& drawn_b, Random& random, unsigned threads) {
  RandomMatching matching(units_a.size(), drawn_b.size(), random);
  for (std::size_t i = 0; i < units_a.size(); ++i) {
    const float* const own = with.of(units_a[matching.row_unit(i)]);
    for (std::size_t j = 0; j < drawn_b.size(); ++j) {
      const float cosine = own[drawn_b[matching.column_unit(j)]];
      matching.Set(i, j, signs == UnitSigns::kFree ? std::abs(cosine) : cosine);
    }
  }
  return matching.Solve(threads);
}

// One MLP of A beside one of B.
class DrawnMatcher {
 public:
  DrawnMatcher(const ModelParts& model_a, const ModelParts& model_b,
               const DrawnMatchOptions& options, MlpMatch& match)
      : options_(options),
        match_(match),
        a_(ReadersOf(model_a, match.a, match.gated)),
        b_(ReadersOf(model_b, match.b, match.gated)),
        places_(DrawnUnits(options.seed, b_.first.units(), options.units, options.run)) {}

  void Run() {
    ReadCosines();
    if (!match_.skipped.empty()) return;
    MatchBoth();
    if (match_.agreement() >= kLeastLinkedAgreement) MatchRenumbered();
    if (match_.same_width) TraceInPlace();
    if (match_.log_p_linked() < kLinkedLogP) RelatePairs();
  }

 private:
  void ReadCosines() {
    UnitRows rows = b_.first.ReadThese(places_);
    std::vector<bool> alive_b;
    if (rows.finite) first_ = With(a_.first, first_diagonal_, rows);
    if (!rows.finite || !first_.finite) return SkipNonFinite();
    match_.order = SketchOrder(rows);
    alive_b = std::move(rows.alive);
    rows = b_.second.ReadThese(places_);
    if (rows.finite) second_ = With(a_.second, second_diagonal_, rows);
    if (!rows.finite || !second_.finite) return SkipNonFinite();
    for (std::uint32_t unit = 0; unit < first_.units; ++unit) {
      if (first_.alive[unit] != 0 && second_.alive[unit] != 0) units_a_.push_back(unit);
    }
    for (std::uint32_t i = 0; i < places_.size(); ++i) {
      if (alive_b[i] && rows.alive[i]) drawn_b_.push_back(i);
    }
    match_.units_a = units_a_.size();
    match_.units_b = drawn_b_.size();
    if (units_a_.size() < 2 || drawn_b_.size() < 2) {
      match_.skipped = "fewer than two hidden units with weights";
    }
  }

  void SkipNonFinite() { match_.skipped = "weights that are not finite"; }

  DrawnCosines With(const UnitRowReader& a, UnitDiagonal& diagonal, UnitRows& b) const {
    diagonal = RemoveIdentityOfDrawn(a, options_.seed, places_, b);
    return CosinesWithAll(a, b, diagonal, options_.threads);
  }

  void MatchBoth() {
    Random random(options_.seed, match_.b);
    const Indices first =
        MatchUnits(first_, UnitSigns::kFixed, units_a_, drawn_b_, random, options_.threads);
    const Indices second =
        MatchUnits(second_, SecondSigns(match_), units_a_, drawn_b_, random, options_.threads);
    CompareMatchings(first, second, match_);
    Indices places;
    for (const std::uint32_t drawn : drawn_b_) places.push_back(places_[drawn]);
    if (match_.same_width) CompareOrder(first, units_a_, places, match_);
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (first[i] != kUnassigned && first[i] == second[i]) {
        agreed_.push_back({units_a_[i], places[first[i]]});
      }
    }
  }

  // Both matchings, once B's residual coordinates are in random order.
  void MatchRenumbered() {
    const Indices places_a = DrawnUnits(options_.seed, a_.first.units(), options_.units);
    MlpRows b = ReadThese(b_, places_);
    if (UnitsAlike(ReadThese(a_, places_a), b) <= kUnitsAlike) return;
    Random random(options_.seed, ~match_.b);
    const auto match = [&](const UnitRowReader& a, const UnitRows& rows, UnitDiagonal diagonal,
                           UnitSigns signs) {
      return MatchUnits(CosinesWithAll(a, rows, diagonal, options_.threads), signs, units_a_,
                        drawn_b_, random, options_.threads);
    };
    std::uint64_t agreed = 0;
    for (std::uint64_t draw = 0; draw < kRenumberings; ++draw) {
      RenumberColumns(options_.seed + draw, b);
      const Indices first = match(a_.first, b.first, first_diagonal_, UnitSigns::kFixed);
      const Indices second = match(a_.second, b.second, second_diagonal_, SecondSigns(match_));
      agreed += CountAgreed(first, second);
    }
    match_.agreed_renumbered = (agreed + kRenumberings - 1) / kRenumberings;
  }

  void TraceInPlace() {
    std::vector<float> sum;
    sum.reserve(places_.size() * places_.size());
    for (const std::uint32_t place : places_) {
      for (std::size_t j = 0; j < places_.size(); ++j) {
        sum.push_back(first_.of(place)[j] + second_.of(place)[j]);
      }
    }
    TraceOrder(sum, places_.size(), options_.seed, options_.threads, match_);
  }

  Indices UnitsToRelate(std::uint64_t width) const {
    return DrawnUnits(options_.seed, width, std::max(options_.units, kRelatedUnits), options_.run);
  }

  MlpRows ReadThese(const RowReaders& from, const Indices& units) const {
    MlpRows rows{.first = from.first.ReadThese(units), .second = from.second.ReadThese(units)};
    TakeAway(first_diagonal_, units, rows.first);
    TakeAway(second_diagonal_, units, rows.second);
    return rows;
  }

  void RelatePairs() {
    if (AreInPlace(match_)) {
      const Indices units = UnitsToRelate(b_.first.units());
      RelateRows(ReadThese(a_, units), ReadThese(b_, units), units);
      TellStructure(match_.first_relations);
      TellStructure(match_.second_relations);
      return;
    }
    Indices of_a, of_b;
    for (const UnitPair& pair : agreed_) {
      of_a.push_back(pair.a);
      of_b.push_back(pair.b);
    }
    RelateRows(ReadThese(a_, of_a), ReadThese(b_, of_b), of_b);
    match_.partners = WithoutStrays();
    const MlpRows a = ReadThese(a_, UnitsToRelate(a_.first.units())),
                  b = ReadThese(b_, UnitsToRelate(b_.first.units()));
    TellStructure(a.first, b.first, match_.first_relations);
    TellStructure(a.second, b.second, match_.second_relations);
  }

  // Units of B that A lacks find units of A that are free, as the others of B were not drawn, and
  // now and then the same one twice: such pairs are far less alike than most.
  std::vector<UnitPair> WithoutStrays() const {
    std::vector<double> cosines;
    for (const UnitPair& pair : agreed_) {
      const auto drawn = std::ranges::lower_bound(places_, pair.b) - places_.begin();
      cosines.push_back(std::abs(first_.of(pair.a)[drawn]) + std::abs(second_.of(pair.a)[drawn]));
    }
    std::vector<double> sorted = cosines;
    std::ranges::sort(sorted);
    std::vector<UnitPair> kept;
    for (std::size_t i = 0; i < agreed_.size(); ++i) {
      if (cosines[i] >= kStrayCosine * sorted[sorted.size() / 2]) kept.push_back(agreed_[i]);
    }
    return kept;
  }

  // What all units would show: by units that were related, drawn ones, or by others.
  void TellStructure(std::optional<UnitRelations>& relations) const {
    if (!relations) return;
    for (double* const structure : {&relations->structure_a, &relations->structure_b}) {
      *structure =
          StructureByDraw(*structure, relations->units, b_.first.units(), b_.first.columns());
    }
  }
  void TellStructure(const UnitRows& a, const UnitRows& b,
                     std::optional<UnitRelations>& relations) const {
    if (!relations) return;
    relations->structure_a = StructureByDraw(a, a_.first.units(), options_.threads);
    relations->structure_b = StructureByDraw(b, b_.first.units(), options_.threads);
  }

  // Rows in the same places belong together; `units_b` are those of B.
  void RelateRows(const MlpRows& a, const MlpRows& b, const Indices& units_b) {
    std::vector<UnitPair> pairs;
    for (std::uint32_t i = 0; i < units_b.size(); ++i) {
      if (a.first.alive[i] && a.second.alive[i] && b.first.alive[i] && b.second.alive[i]) {
        pairs.push_back({i, i});
      }
    }
    Relate(a, b, pairs, options_.threads, match_);
    for (std::uint32_t& unit : match_.flipped) unit = units_b[unit];
  }

  const DrawnMatchOptions options_;
  MlpMatch& match_;
  RowReaders a_, b_;
  Indices places_;  // of drawn units of B
  UnitDiagonal first_diagonal_ = UnitDiagonal::kKept, second_diagonal_ = UnitDiagonal::kKept;
  DrawnCosines first_, second_;
  Indices units_a_, drawn_b_;  // that take part: units, and indices into places_
  std::vector<UnitPair> agreed_;
};

}  // namespace

std::vector<std::uint32_t> DrawnUnits(std::uint64_t seed, std::uint64_t width, std::uint64_t units,
                                      std::uint64_t run) {
  return DrawPlaces(seed, fmt::format("hidden units of {}", width),
                    static_cast<std::uint32_t>(width), units, run);
}

std::uint64_t RunOfUnits(const DrawPlan& plan, std::uint64_t residual) {
  return std::max<std::uint64_t>(1, plan.run_bytes / (2 * residual));
}

MlpMatch MatchDrawnMlps(const ModelParts& model_a, std::size_t a, const ModelParts& model_b,
                        std::size_t b, const DrawnMatchOptions& options) {
  MlpMatch match = BeginMatch(model_a, a, model_b, b, UnitsTaken::kDrawn);
  if (match.skipped.empty()) DrawnMatcher(model_a, model_b, options, match).Run();
  return match;
}

MlpMatch MatchUnitsOf(const ModelParts& model_a, std::size_t a, const ModelParts& model_b,
                      std::size_t b, const DrawnMatchOptions& options) {
  return AreDrawn(model_a.mlps[a], model_b.mlps[b], options.units)
             ? MatchDrawnMlps(model_a, a, model_b, b, options)
             : MatchMlps(model_a, a, model_b, b, options.seed, options.threads);
}

std::uint64_t BytesToMatch(const Mlp& a, const Mlp& b, std::uint64_t residual,
                           std::uint64_t units) {
  if (!AreDrawn(a, b, units)) {
    return 4 * (2 * residual * (a.width + b.width) + 3 * a.width * b.width);
  }
  const std::uint64_t drawn = std::min(units, b.width);
  const std::uint64_t related = 4 * residual * std::max(drawn, kRelatedUnits);
  return 4 * (std::max(residual * drawn, related) + 4 * drawn * a.width);
}

}  // namespace modelkin
