// Hidden units of two MLPs matched by their weights: docs/lineage.md, "Two matchings"; statistics
// phi_U and phi_MATCH of Zhu, Pratt, Liang et al., "Independence tests for language models", ICML
// 2025, arXiv 2502.12292.
#ifndef MODELKIN_LINEAGE_MLP_MATCHING_H_
#define MODELKIN_LINEAGE_MLP_MATCHING_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/model_parts.h"
#include "lineage/order_strata.h"
#include "lineage/unit_relations.h"
#include "statistics/spearman.h"
#include "statistics/trace_test.h"

namespace modelkin {

// MLPs are linked, and so looked at more closely, if log_p_linked is below this: 1e-6.
inline constexpr double kLinkedLogP = -13.815510557964274;

// And not by the agreement of fewer units than this share: other layers of one family agree on up
// to 3 % of theirs, which no chance explains (SmolLM2-135M), and are no copies of each other.
inline constexpr double kLeastLinkedAgreement = 0.05;

// Beyond this an assignment of all takes too long.
inline constexpr std::uint64_t kMostUnits = 16384;

// Of drawn units there are few enough for any width.
enum class UnitsTaken : std::uint8_t { kAll, kDrawn };

// Two matchings of units, of gate rows and of up rows (of up rows and down columns where an MLP is
// not gated), and how far they agree. Units whose weights are all zero in either, on their side,
// are left out. Equal similarities are broken by chance, apart for each matching.
//
// The up row of a gated unit and its down column may both be negated, and nothing changes. So up
// rows are matched by the size of their cosine, that is, with the better sign for each pair. The
// sign is a matter of the pair's own rows: where B's units are renumbered the similarities are,
// too, and nothing else happens to them, so that all tests over the order of units are as exact
// with it as without. A gate has no such sign, nor have units that are not gated.
struct MlpMatch {
  std::size_t a = 0, b = 0;  // indices into the models' MLPs
  bool gated = false;
  std::string skipped;  // why there is nothing else; "" where there is
  // Units taken part on either side, and those that both matchings give a partner.
  std::uint64_t units_a = 0, units_b = 0, matched = 0;
  std::uint64_t agreed = 0;  // of those, with the same partner
  double expected = 0;       // number that agree by chance: Poisson(1) where all match
  // Mean number that agree with B's residual coordinates in random order, rounded up, if both
  // models have first and second rows of a unit so alike that they agree for that; else 0:
  // UnitsAlike.
  std::uint64_t agreed_renumbered = 0;
  std::optional<double> rho;  // Spearman's, of the partners' ranks; nothing under 2 matched
  TailProbability tail{};     // of rho or more, for units in random order

  // Where both have the same width: units that stand where they stood.
  bool same_width = false;
  std::uint64_t in_place = 0;       // by the first matching
  std::optional<double> order_rho;  // of partners and own places
  TailProbability order_tail{};
  std::optional<TraceMoments> trace;  // of the sum of both similarities
  TraceTail trace_tail{};

  // Of B's units.
  OrderSketch order;

  // Of pairs of units that belong together: those in place if the trace says so, else those that
  // both matchings agree on. Of either weight; if the MLPs are linked.
  std::optional<UnitRelations> first_relations, second_relations;
  // These units, unless they are in place or the MLPs are not linked.
  std::vector<UnitPair> partners;
  // Units of B, of all that belong together, whose up rows are A's negated.
  std::vector<std::uint32_t> flipped;

  // Natural log of a bound on the p-value of agreement, where its excess is kLeastLinkedAgreement,
  // and trace together.
  double log_p_linked() const;
  // Units that agree, beyond those that do so with B's coordinates in random order.
  std::uint64_t agreed_beyond() const {
    return agreed > agreed_renumbered ? agreed - agreed_renumbered : 0;
  }
  // Mean over both weights of UnitRelations::learned, and of the mean cosine of units.
  std::optional<double> learned() const;
  std::optional<double> cosine() const;

  // Of the side with fewer units, the share that both matchings give the same partner.
  double agreement() const {
    const std::uint64_t fewer = std::min(units_a, units_b);
    return fewer == 0 ? 0 : static_cast<double>(agreed) / static_cast<double>(fewer);
  }
};

// The two weights that matchings of two MLPs go by.
struct MlpRows {
  UnitRows first, second;
};

// Natural log of a bound on the p-value of `agreed` units, `expected` by two random matchings,
// where `renumbered` agree with B's residual coordinates in random order, mean of 8: each unit that
// agrees does so in any of the 9 orders alike under the null: a binomial law.
double LogAgreementTail(std::uint64_t agreed, double expected, std::uint64_t renumbered);

// How far matching second rows repeats what matching first rows found, of strangers: the product of
// both models' root mean square cosine of a unit's first row with its second one. 1 / columns where
// they have nothing to do with each other.
double UnitsAlike(const MlpRows& a, const MlpRows& b);
// With more, the order of B's residual coordinates is drawn anew.
inline constexpr double kUnitsAlike = 0.1;

// Puts the columns of both weights in another order, the same for both.
void RenumberColumns(std::uint64_t seed, MlpRows& rows);

// Which weights those are, and whether there are any: else `match.skipped` says why.
MlpMatch BeginMatch(const ModelParts& model_a, std::size_t a, const ModelParts& model_b,
                    std::size_t b, UnitsTaken taken = UnitsTaken::kAll);
MlpRows ReadMlpRows(const ModelParts& model, std::size_t mlp, bool gated);
// Fills in what is found out of the matchings alone, or with relations as well.
enum class MatchDepth { kMatchings, kAll };
void MatchRows(const MlpRows& a, const MlpRows& b, std::uint64_t seed, unsigned threads,
               MatchDepth depth, MlpMatch& match);

// Reads the weights of both MLPs. `seed` breaks ties. Never fails for numbers: NaN and infinity
// make it skipped.
MlpMatch MatchMlps(const ModelParts& model_a, std::size_t a, const ModelParts& model_b,
                   std::size_t b, std::uint64_t seed, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_MLP_MATCHING_H_
