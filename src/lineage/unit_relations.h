// Whether what units of two models have in common was learned, or only where they started.
#ifndef MODELKIN_LINEAGE_UNIT_RELATIONS_H_
#define MODELKIN_LINEAGE_UNIT_RELATIONS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "lineage/retained_spread.h"

namespace modelkin {

// Weights of a matrix by hidden unit.
struct UnitRows {
  std::vector<float> rows;  // units x columns, each row of norm 1, or 0
  std::vector<bool> alive;  // whether it is not 0
  std::size_t units = 0, columns = 0;
  bool finite = true;

  // Scales rows that were filled in, and finds out which are alive.
  void Normalise();
};

// Units of A and of B that belong together.
struct UnitPair {
  std::uint32_t a, b;
};

// Units are drawn independently at the start, so that their cosines with each other are those of
// random directions; what else there is between different units was learned. If B goes back to the
// trained A (or A to B), it has A's units and their relations in the same measure, whatever it
// learned since. If both go back to the same start, it has the units, but not the relations that A
// learned: docs/lineage.md, "Learned, or only started alike".
struct UnitRelations {
  std::uint64_t units = 0;
  double cosine = 0;  // mean over pairs of units
  // Regression of <unit i of A, unit k of B> on <unit i of A, unit k of A>, i and k different, over
  // `cosine`: 1 where B has A's relations as it has A's units; and with A and B exchanged.
  double ratio_a = 0, ratio_b = 0;
  // Sum of squared cosines of all units with all, over what independent random directions give: 1
  // where nothing was learned.
  double structure_a = 1, structure_b = 1;
  // What B has of A's spread over directions, and with A and B exchanged; nothing for few units.
  std::optional<RetainedSpread> retained_a, retained_b;

  // The larger ratio of the sides that have learned structure; nothing where neither has.
  std::optional<double> learned() const;
};

// A side with less structure than this may have learned nothing.
inline constexpr double kLeastStructure = 1.05;

// Returns what UnitRelations::structure_a would be of `of` units, or of as many as are related at
// most, by the cosines of some of them, drawn at random. 1 for fewer than 2 that are not 0.
double StructureByDraw(const UnitRows& drawn, std::size_t of, unsigned threads);
// The same, from that of `drawn` units in so many columns alone.
double StructureByDraw(double structure, std::size_t drawn, std::size_t of, std::size_t columns);

// Nothing for fewer than 8 pairs, or where A's and B's units have nothing in common.
std::optional<UnitRelations> RelateUnits(const UnitRows& a, const UnitRows& b,
                                         const std::vector<UnitPair>& pairs, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_UNIT_RELATIONS_H_
