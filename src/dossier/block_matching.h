// Blocks of units of two dossiers, paired and matched.
#ifndef MODELKIN_DOSSIER_BLOCK_MATCHING_H_
#define MODELKIN_DOSSIER_BLOCK_MATCHING_H_

#include <vector>

#include "dossier/dossier_comparison.h"

namespace modelkin {

// Returns the two weights that a block's units are matched by, rows scaled to a norm of 1. Those of
// experts have their means over experts taken away.
MlpRows RowsOfBlock(const UnitBlock& block, std::size_t dimensions);

// Returns for each block of B that of A of its kind, gated as it is, whose sums are most similar,
// matched; none for blocks without such. Sums do not depend on the order of units, so that the
// choice tells the tests nothing.
std::vector<BlockPair> MatchBlocks(const Dossier& a, const Dossier& b, std::uint64_t seed,
                                   unsigned threads);

// As CompareDossiers has it: by MLPs of `pairs` that count, for a p of agreement below
// exp(`level`).
std::optional<double> SmallestShareFound(const Dossier& a, const Dossier& b,
                                         const std::vector<BlockPair>& pairs, double level,
                                         std::uint64_t seed, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_BLOCK_MATCHING_H_
