// Finds the MLP of A that an MLP of B is most like, whatever order hidden units, experts and layers
// are in.
#ifndef MODELKIN_LINEAGE_MLP_SIGNATURE_H_
#define MODELKIN_LINEAGE_MLP_SIGNATURE_H_

#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
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

// Of each MLP, in the order of model.mlps.
struct MlpSignatures {
  std::vector<MlpSignature> as_stored;
  // The same of up and down weights w of each unit that are scaled to a norm of 1 and multiplied by
  // their sum, so that neither signs nor scales of units change it; gates are as stored. Zeros of
  // MLPs that are not gated: their units have no signs to choose.
  std::vector<MlpSignature> sign_free;
};

// Numbers of layers of A and of B.
using LayerPairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// Sums that are gathered while weights are read for another purpose.
class MlpSums {
 public:
  explicit MlpSums(const ModelParts& model);

  // `count` positions of a part, in order, as UnitReader gives them. Parts of no MLP are ignored.
  void Add(const Part& part, const std::vector<float>& values, std::uint64_t count,
           bool positions_are_rows, bool finite);
  // Parts of both signatures.
  struct OfPart {
    std::vector<float> as_stored, sign_free;
  };
  // Null if not all of the part's positions have been added.
  const OfPart* Find(const Part& part) const;

 private:
  struct Unfinished {
    std::vector<double> as_stored, sign_free;
    std::uint64_t positions = 0;
    bool finite = true;
  };
  std::unordered_set<const Part*> wanted_;
  std::unordered_map<const Part*, Unfinished> unfinished_;
  std::unordered_map<const Part*, OfPart> finished_;
};

// Reads what `sums` lacks.
MlpSignatures SignaturesOf(const ModelParts& model, const MlpSums& sums, unsigned threads,
                           Progress& progress);

struct MlpSource {
  std::size_t a = 0;      // index into A's MLPs
  double similarity = 0;  // mean of the cosines of what both have, in [-1, 1]
};

// Returns the MLP of A that stands out most, the first of equals, by how similar each of them is to
// an MLP of B: by the signature by which it exceeds the mean over A's MLPs by more, as a share of
// what it could. What all of them have in common tells of none. The spans are of one length, at
// least 1.
MlpSource MostSimilarOf(std::span<const double> as_stored, std::span<const double> sign_free);

// Returns that of each MLP of B; several may have the same one. Nothing if A has none.
std::vector<MlpSource> MostSimilar(const MlpSignatures& a, const MlpSignatures& b,
                                   unsigned threads);

// The same without reading MLPs: for experts by the rows of their layer's router, for others by
// name. `layers`: for each layer of B one of A. Nothing for an MLP that has no such.
std::vector<std::optional<MlpSource>> SourcesByRouter(const ModelParts& a, const ModelParts& b,
                                                      const LayerPairs& layers);

// Takes the mean of sums away and scales them to a norm of 1; zeros if that can't be.
void StandardiseSums(const std::vector<double>& sums, float* out);

// Bytes that SignaturesOf reads.
std::uint64_t SignatureBytes(const ModelParts& model, const MlpSums& sums);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_MLP_SIGNATURE_H_
