// Norm weights taken into the projections that read what they scale. What a model computes stays
// the same, and what is left does not depend on how the two share a scale.
#ifndef MODELKIN_BASIS_FOLDED_NORMS_H_
#define MODELKIN_BASIS_FOLDED_NORMS_H_

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "basis/arranged_checkpoint.h"
#include "basis/left_out_identities.h"

namespace modelkin {

// Weights of a model's norms over residual coordinates, read once.
class NormWeights {
 public:
  explicit NormWeights(const ModelParts& model);

  // Of the norm that a part's inputs have gone through; null if there is none, or it is not finite.
  Coordinates Before(const Part& part) const;
  // The name of that norm, "" if the layout is not known.
  std::string NameBefore(const Part& part) const;

 private:
  std::unordered_map<std::string, Coordinates> by_name_;
};

// Every part with a residual axis but the norms, without the entries that are left out, folded, and
// then mapped if there is a map; parts without one as they are.
std::vector<Arrangement> FoldedParts(const ModelParts& model,
                                     const std::shared_ptr<const ResidualMap>& map,
                                     const LeftOutByPart& left_out = {});

// The model of these parts, of the width that the map leads to.
ModelParts Folded(const ModelParts& model, const std::shared_ptr<const ResidualMap>& map,
                  const LeftOutByPart& left_out = {});

}  // namespace modelkin

#endif  // MODELKIN_BASIS_FOLDED_NORMS_H_
