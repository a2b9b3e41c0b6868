// Some hidden units of an MLP of B matched with all of one of A: docs/lineage.md, "Effort".
#ifndef MODELKIN_LINEAGE_DRAWN_MATCHING_H_
#define MODELKIN_LINEAGE_DRAWN_MATCHING_H_

#include <cstdint>

#include "lineage/draw_plan.h"
#include "lineage/mlp_matching.h"

namespace modelkin {

// What two MLPs are matched with.
struct DrawnMatchOptions {
  std::uint64_t seed = 1;   // of the draw, and of what breaks ties
  std::uint64_t units = 0;  // of B, at most
  std::uint64_t run = 1;    // of units side by side
  unsigned threads = 1;
};

// As MatchMlps, of units of B that are drawn by the seed and by how many there are: the same places
// in all MLPs of B of one width, so that orders that MLPs share show as before. units_b, and so all
// that is counted, is of drawn units.
//
// B's order, restricted to drawn places, is as random under the null as all of it. Two matchings of
// m units with M agree on m / M of them on average; partners' places are compared with drawn
// places; the trace is that of the units of A and of B at the same drawn places, if both have one
// width.
//
// Structure that units have learned is told by up to 192 drawn units of either model, which are
// also the pairs that are related where units are in place; else `partners` are, of drawn units
// alone.
//
// Reads A's weights once, by the block, B's and those of pairs by rows. Holds the cosines of drawn
// units with all three times over at most. The same bits for any number of threads.
MlpMatch MatchDrawnMlps(const ModelParts& model_a, std::size_t a, const ModelParts& model_b,
                        std::size_t b, const DrawnMatchOptions& options);

// The same where one of them has more units than are drawn, else MatchMlps.
MlpMatch MatchUnitsOf(const ModelParts& model_a, std::size_t a, const ModelParts& model_b,
                      std::size_t b, const DrawnMatchOptions& options);

// Of an MLP of so many units the places that are drawn, ascending, in runs of that length: all
// where there are no more.
std::vector<std::uint32_t> DrawnUnits(std::uint64_t seed, std::uint64_t width, std::uint64_t units,
                                      std::uint64_t run = 1);

// Returns how many units lie side by side in a draw: as fill DrawPlan::run_bytes, taken as of BF16.
std::uint64_t RunOfUnits(const DrawPlan& plan, std::uint64_t residual);

// Bytes that MatchUnitsOf holds at most, for each thread.
std::uint64_t BytesToMatch(const Mlp& a, const Mlp& b, std::uint64_t residual, std::uint64_t units);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_DRAWN_MATCHING_H_
