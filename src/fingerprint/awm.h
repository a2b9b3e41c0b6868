// "AWM: Accurate Weight-Matrix Fingerprint for Large Language Models", Zeng et al., ICLR 2026,
// arXiv 2510.06738.
#ifndef MODELKIN_FINGERPRINT_AWM_H_
#define MODELKIN_FINGERPRINT_AWM_H_

#include <optional>

#include "fingerprint/token_pairs.h"
#include "lineage/model_parts.h"

namespace modelkin {

// Residual coordinates matched by the embeddings of shared tokens (MatchCoordinates), then
// UnbiasedCka of query and of key weights, coordinates being samples: the mean over both and over
// up to eight layers of the same number, spread evenly. Nothing where residual widths differ or
// exceed 8,192, and without such weights or embeddings in both.
std::optional<double> CompareAwm(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                                 unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_AWM_H_
