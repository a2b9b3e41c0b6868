// Finds the MLP of A that an MLP of B is most like by few of its weights: docs/lineage.md,
// "Effort".
#ifndef MODELKIN_LINEAGE_DRAWN_SIGNATURE_H_
#define MODELKIN_LINEAGE_DRAWN_SIGNATURE_H_

#include <cstdint>
#include <vector>

#include "base/progress.h"
#include "lineage/mlp_signature.h"
#include "lineage/model_parts.h"

namespace modelkin {

// Draws the residual coordinates, ascending, that MLPs of both models are found by.
std::vector<std::uint32_t> DrawnCoordinates(std::uint64_t seed, std::uint64_t residual,
                                            std::uint64_t count);

// As SignaturesOf, of down weights at these coordinates alone: parts of gates and of up weights are
// zeros, and for signs and scales of units what they write to these coordinates is taken as a
// whole. MLPs that are not gated have no signs to choose. Zeros of an MLP without a down weight, or
// if what was read is not finite.
MlpSignatures DrawnSignaturesOf(const ModelParts& model,
                                const std::vector<std::uint32_t>& coordinates, unsigned threads,
                                Progress& progress);

// Bytes that it reads.
std::uint64_t DrawnSignatureBytes(const ModelParts& model, std::uint64_t coordinates);

// As MostSimilar, by the down parts alone. The same bits for any number of threads.
std::vector<MlpSource> MostSimilarByDown(const MlpSignatures& a, const MlpSignatures& b,
                                         unsigned threads);

// Whether there is anything to find the MLP by.
bool HasDownPart(const MlpSignature& signature);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_DRAWN_SIGNATURE_H_
