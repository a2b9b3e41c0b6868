// Residual coordinates of B that are those of A in another order, with other signs or rotated:
// docs/kinship.md, "A hidden basis of residual coordinates".
#ifndef MODELKIN_BASIS_HIDDEN_BASIS_H_
#define MODELKIN_BASIS_HIDDEN_BASIS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/progress.h"
#include "basis/residual_map.h"
#include "fingerprint/token_pairs.h"

namespace modelkin {

// What coordinates were fitted to: rows of shared tokens, or sums over layers (LayerBasis).
enum class BasisSource : std::uint8_t { kTokens, kLayers };

// What to do with A's coordinates so that rows of embedding and unembedding come near B's, fitted
// to one half of the shared tokens; or, where tokens tell little and layers more, so that sums over
// layers do. How well it does on the other half is a description: models trained on the same text
// have embeddings in common up to a rotation.
struct HiddenBasis {
  std::string skipped;  // why there is no map; "" where there is
  std::shared_ptr<const ResidualMap> map;
  BasisSource by = BasisSource::kTokens;
  std::uint64_t fitted = 0, held_out = 0;  // rows, or sums
  double cosine = 0;                       // mean over what was held out, of A's mapped with B's
  double shuffled_cosine = 0;              // the same after a fit to what is in random order
};

// Wider residual coordinates would take hours and 10 GiB.
inline constexpr std::uint64_t kWidestBasis = 8192;

// Returns why none is looked for; "" where one is.
std::string WhyNoHiddenBasis(const ModelParts& a, const ModelParts& b);

// By Procrustes: NearestOrthogonal of the sum over tokens of outer products of both rows. A signed
// permutation, by the assignment of coordinates whose values over tokens are most alike, is taken
// instead where it does nearly as well, and where widths differ. `a` and `b` with norms folded
// (FoldedParts). The result does not depend on `threads`.
HiddenBasis FindHiddenBasis(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                            std::uint64_t seed, unsigned threads, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_BASIS_HIDDEN_BASIS_H_
