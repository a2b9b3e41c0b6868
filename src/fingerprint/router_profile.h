// What the routers of a mixture of experts look like, layer by layer. Descriptive: no tests.
#ifndef MODELKIN_FINGERPRINT_ROUTER_PROFILE_H_
#define MODELKIN_FINGERPRINT_ROUTER_PROFILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/skipped.h"
#include "lineage/expert_similarity.h"
#include "lineage/model_parts.h"

namespace modelkin {

// Euclidean norms of a router's rows, one an expert.
struct RowNormProfile {
  std::vector<double> sorted;  // ascending
  double min = 0, median = 0, max = 0;
  std::optional<double> coefficient_of_variation;  // sd / mean; nothing where the mean is 0
};

// Cosines of all pairs of different rows, those of norm 0 left out.
struct RowSimilarity {
  std::uint64_t rows = 0;  // at least 2
  double mean = 0, mean_absolute = 0, largest_absolute = 0;
};

// Of the numbers that are added to scores to keep experts equally busy ("e_score_correction_bias",
// DeepSeek-V3, arXiv 2412.19437, section 2.1.2).
struct CorrectionBias {
  double mean = 0, sd = 0, min = 0, max = 0;  // sd over n, not n - 1
};

struct RouterProfile {
  std::string name;  // of the router's tensor
  std::optional<std::uint32_t> layer;
  // Why there is none of what follows but the bias and the similarity.
  Skipped skipped;
  std::uint64_t experts = 0;  // rows
  RowNormProfile norms;
  // exp(entropy of s_i^2 / sum of s^2), s the singular values: from 1 to min(experts, residual).
  // After Roy & Vetterli, "The effective rank", EUSIPCO 2007, who take s_i / sum of s. Nothing for
  // a router of zeros.
  std::optional<double> effective_rank;
  std::optional<RowSimilarity> similarity;  // nothing for fewer than 2 rows that are not 0
  std::optional<double> expert_similarity;  // of the layer, where it is known
  std::optional<CorrectionBias> bias;  // nothing where there is none, or where it is not finite
};

// One for each router, in the checkpoint's order. Reads routers and biases, singular values and
// cosines in double; the result does not depend on `threads`.
std::vector<RouterProfile> ProfileRouters(const ModelParts& model,
                                          const ExpertSimilarities& similarities = {},
                                          unsigned threads = 0);

struct RouterPair {
  std::uint32_t layer_a = 0, layer_b = 0;
  Skipped skipped;  // why there is no correlation
  // Pearson's, of both routers' sorted row norms. High for unrelated models too, as both are
  // ascending: only of use beside the values of control pairs.
  std::optional<double> norm_correlation;
};

// Of those `layers` that have a router in both.
std::vector<RouterPair> CompareRouters(const std::vector<RouterProfile>& a,
                                       const std::vector<RouterProfile>& b,
                                       const LayerPairs& layers);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_ROUTER_PROFILE_H_
