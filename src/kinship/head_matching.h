// Attention heads of a layer of B matched with those of a layer of A, and what heads compute
// compared where their factors were disguised.
#ifndef MODELKIN_KINSHIP_HEAD_MATCHING_H_
#define MODELKIN_KINSHIP_HEAD_MATCHING_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "lineage/model_parts.h"

namespace modelkin {

struct HeadMatch {
  // B's key and value group g is A's groups[g], its query head h A's heads[h]; groups of heads stay
  // together.
  std::vector<std::uint32_t> groups, heads;
  bool in_place = true;
  // Mean cosines, of heads that were matched: of query and key weights, of value and output
  // weights.
  double query_key = 0, value_output = 0;
  // Of the products that a head computes with, W_q^T W_k and W_o W_v: any invertible matrix between
  // the factors leaves them as they are (docs/kinship.md, "Attention between invertible matrices").
  // Nothing without these weights.
  std::optional<double> query_key_product, value_output_product;

  // Factors or products are alike as strangers' never are.
  bool linked() const;
  // Products are alike, and factors are not.
  bool query_key_disguised() const;
  bool value_output_disguised() const;
};

// Layers of models with the same numbers of heads and residual coordinates, of matrices of outputs
// by inputs. Nothing where query, key and value weights are missing, not finite, or do not fit the
// numbers of heads, for more than 4,096 heads and for matrices of more than 2^27 elements. Takes
// the order of heads that makes the sum of all products' cosines largest, groups first.
// `coordinates`: the residual coordinates that heads are compared over, all if there are none;
// products over some of them cost their share.
std::optional<HeadMatch> MatchHeads(const ModelParts& a, std::uint32_t layer_a, const ModelParts& b,
                                    std::uint32_t layer_b, HeadCounts heads, unsigned threads,
                                    const std::vector<std::uint32_t>& coordinates = {});

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_HEAD_MATCHING_H_
