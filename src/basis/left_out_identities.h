// Identities that weights of two models started as, found so that they can be left out before
// coordinates are fitted to each other: docs/lineage.md, "Identities and signs".
#ifndef MODELKIN_BASIS_LEFT_OUT_IDENTITIES_H_
#define MODELKIN_BASIS_LEFT_OUT_IDENTITIES_H_

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "lineage/model_parts.h"

namespace modelkin {

// For each place along a weight's other axis the residual coordinate whose entry is left out.
using LeftOutEntries = std::shared_ptr<const std::vector<std::uint32_t>>;

// Of weights of one model, by their part; others have none.
using LeftOutByPart = std::unordered_map<const Part*, LeftOutEntries>;

struct IdentitiesOfBoth {
  LeftOutByPart a, b;

  bool found() const { return !a.empty() && !b.empty(); }
};

// Weights of layers with the roles of which some started as identities in both models, be they in
// place (diagonals) or in any other order of units, as both have them. What is left out goes by the
// model's own values alone and is renumbered with its units and coordinates, so that B's order is
// as random without it as with it. Reads weights of layers whole, where both models have at most
// kMostIdentityValues in all; else 64 rows, spread out, of the first gate or up weight that has its
// units in rows: enough to tell that there are identities, entries then being those of these alone.
IdentitiesOfBoth FindIdentities(const ModelParts& a, const ModelParts& b, unsigned threads);

inline constexpr std::uint64_t kMostIdentityValues = std::uint64_t{1} << 26;

// Whether models are so small that FindIdentities reads them whole.
bool AreReadForIdentities(const ModelParts& a, const ModelParts& b);

}  // namespace modelkin

#endif  // MODELKIN_BASIS_LEFT_OUT_IDENTITIES_H_
