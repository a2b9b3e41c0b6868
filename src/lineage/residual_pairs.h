// Tensors of A and of B that share residual coordinates.
#ifndef MODELKIN_LINEAGE_RESIDUAL_PAIRS_H_
#define MODELKIN_LINEAGE_RESIDUAL_PAIRS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "lineage/model_parts.h"

namespace modelkin {

// What a tensor's other axis runs over decides what its K can show.
enum class ResidualCarrier : std::uint8_t {
  // Hidden units, heads or experts: these are in random order as well, so that models have to agree
  // in both. K is Pearson's correlation of each coordinate of A with each of B over them.
  kWeights,
  // Nothing (norms, biases) or tokens (embedding, output): what both models know of a coordinate by
  // other ways, such as a table of positions, shows here too. K = transpose(A) B.
  kTables,
};

ResidualCarrier CarrierOf(const Part& part);

// Of the same name in both.
struct ResidualPair {
  const Part* a;
  const Part* b;
};

// Which to take: all, or those of --quick.
using PartFilter = std::function<bool(const Part&)>;

// Returns pairs by role, one role after the other, in A's order.
std::vector<ResidualPair> ResidualPairs(const ModelParts& a, const ModelParts& b,
                                        const PartFilter& wanted);

// Returns whether K of both go into one sum: the same role and carrier.
bool IsOfSameSum(const ResidualPair& a, const ResidualPair& b);

std::uint64_t StoredBytes(const Part& part);

// Positions along the last of the other axes lie in groups, one for each place along those before.
// Returns the length of a group; 1 if there is no other axis.
std::uint64_t GroupLength(const Part& part);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_RESIDUAL_PAIRS_H_
