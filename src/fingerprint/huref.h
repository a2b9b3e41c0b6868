// Invariant terms of "HuRef: HUman-REadable Fingerprint for Large Language Models", Zeng et al.,
// NeurIPS 2024, arXiv 2312.04828, section 4.
#ifndef MODELKIN_FINGERPRINT_HUREF_H_
#define MODELKIN_FINGERPRINT_HUREF_H_

#include <optional>
#include <string>

#include "fingerprint/token_pairs.h"
#include "lineage/model_parts.h"

namespace modelkin {

// Cosines of both models' terms, each a matrix of tokens by tokens, over the last two layers.
struct HurefCosines {
  std::string skipped;  // why there are none; "" where there are
  // X W_q^T W_k X^T, X W_v^T W_o^T X^T and X W_up^T W_down^T X^T, X the embeddings of up to 512
  // shared tokens, spread evenly; query heads with the keys and values of their group, of experts
  // the first. Nothing where weights are missing or too large.
  std::optional<double> attention, values, mlp;
};

HurefCosines CompareHuref(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                          unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_HUREF_H_
