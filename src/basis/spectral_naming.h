// Tensors under names that nobody knows, paired by their singular values, which rotations and
// permutations of either axis leave as they are.
#ifndef MODELKIN_BASIS_SPECTRAL_NAMING_H_
#define MODELKIN_BASIS_SPECTRAL_NAMING_H_

#include <optional>
#include <vector>

#include "lineage/model_parts.h"
#include "lineage/shape_pairing.h"

namespace modelkin {

struct SpectralNaming {
  ModelParts parts;
  std::vector<NameGiven> given;
  double distance = 0;  // sum of that of all pairs
};

// B with the names in `given` taken back and given anew: matrices those of A's of the same shape
// with the nearest singular values (relatively, by the assignment of the least sum), others as
// they were. `a` with norms folded where
// B's are. The order of units says nothing here, as in NamedAfter. Nothing
// if there is nothing to name, or matrices are too large (2^24 elements) or too many (4,096).
std::optional<SpectralNaming> NamedBySpectra(const ModelParts& a, const ModelParts& b,
                                             const std::vector<NameGiven>& given, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_BASIS_SPECTRAL_NAMING_H_
