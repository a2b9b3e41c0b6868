// Whether B has what A's units learned of each direction, or only where they started:
// docs/lineage.md, "Learned, or only started alike".
#ifndef MODELKIN_LINEAGE_RETAINED_SPREAD_H_
#define MODELKIN_LINEAGE_RETAINED_SPREAD_H_

#include <cstddef>
#include <optional>
#include <vector>

namespace modelkin {

// Units start with as much along every direction of the residual stream, on average; training gives
// them more along some and less along others. If B goes back to the trained A, it has as much of A
// along each: what both have there, <a_i, v> <b_i, v>, is a constant times what A has, <a_i, v>^2.
// If both only started alike, what both have is as much along every direction, but along those few
// that anybody learns, who starts so.
//
// Over groups of directions: how much what both have varies with what A has, and how much that
// varies itself, both in units of their means. Sums of several are of all of them.
struct RetainedSpread {
  double shared = 0, own = 0;
  // Squared standard errors, and what errors have in common.
  double shared_variance = 0, own_variance = 0, covariance = 0;

  void Add(const RetainedSpread& other);
  // shared / own: 1 where B goes back to A, less where both started alike. Nothing where A's units
  // have no spread.
  std::optional<double> ratio() const;
  // The standard error of the ratio, to first order. Nothing without a ratio.
  std::optional<double> error() const;
  // By how many standard errors `shared` exceeds limit * own: that is sound for any `own`, also for
  // one that is not told from 0 (Fieller 1954). 0 where there are none.
  double DeviationsAbove(double limit) const;
};

// Fewer units say nothing.
inline constexpr std::size_t kFewestSpreadUnits = 24;

// Of units in pairs: `within` has the cosines of A's units with each other, `across` those of A's
// (rows) with B's, `units` x `units` each, `columns` what they are over. Directions are those that
// half of A's units span, in the order of what these have along them, and what is asked along them
// is asked of the other half, so that chance puts nothing in order; the sixteenth along which they
// have most is left out. Units are halved four times, both ways each; errors are by leaving out one
// unit at a time (Quenouille 1956, Tukey 1958), and the bias of squares goes with them. Of more
// than 192 units as many are taken. Nothing for fewer than kFewestSpreadUnits, or where LAPACK
// fails.
std::optional<RetainedSpread> SpreadRetained(const std::vector<float>& within,
                                             const std::vector<float>& across, std::size_t units,
                                             std::size_t columns, bool across_transposed);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_RETAINED_SPREAD_H_
