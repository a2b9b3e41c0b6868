// Finds the MLP of A that an MLP of B is most like, whatever order hidden units, experts and layers
// are in.
#ifndef MODELKIN_LINEAGE_MLP_SIGNATURE_H_
#define MODELKIN_LINEAGE_MLP_SIGNATURE_H_

#include <optional>
#include <utility>
#include <vector>

#include "base/progress.h"
#include "lineage/model_parts.h"

namespace modelkin {

// Sums over hidden units of gate, up and down weights: a vector over residual coordinates each,
// centred and scaled to a norm of 1, one after the other. Zeros where a tensor is missing, constant
// or not finite. It does not change with the order of hidden units, so that what is chosen by it
// says nothing about that order.
using MlpSignature = std::vector<float>;

// Numbers of layers of A and of B.
using LayerPairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// In the order of model.mlps. Reads all of their weights.
std::vector<MlpSignature> SignaturesOf(const ModelParts& model, unsigned threads,
                                       Progress& progress);

struct MlpSource {
  std::size_t a = 0;      // index into A's MLPs
  double similarity = 0;  // mean of the cosines of what both have, in [-1, 1]
};

// For each MLP of B the most similar one of A, the first of equals; several may have the same one.
// Nothing if A has none.
std::vector<MlpSource> MostSimilar(const std::vector<MlpSignature>& a,
                                   const std::vector<MlpSignature>& b, unsigned threads);

// The same without reading MLPs: for experts by the rows of their layer's router, for others by
// name. `layers`: for each layer of B one of A. Nothing for an MLP that has no such.
std::vector<std::optional<MlpSource>> SourcesByRouter(const ModelParts& a, const ModelParts& b,
                                                      const LayerPairs& layers);

// Bytes that SignaturesOf reads.
std::uint64_t SignatureBytes(const ModelParts& model);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_MLP_SIGNATURE_H_
