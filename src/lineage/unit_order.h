// The test of the order of units (docs/lineage.md, "Two matchings") tensor by tensor, for models
// whose layout is not known.
#ifndef MODELKIN_LINEAGE_UNIT_ORDER_H_
#define MODELKIN_LINEAGE_UNIT_ORDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.h"
#include "lineage/model_parts.h"

namespace modelkin {

// Units of one axis matched by the cosines of their weights.
struct TensorOrder {
  const Tensor* a = nullptr;
  const Tensor* b = nullptr;
  std::size_t axis = 0;
  std::uint64_t units = 0;
  std::uint64_t in_place = 0;  // matched to the unit of the same number
  double log_p = 0;            // of as many, for units in random order: LogAgreementTail

  double share() const { return static_cast<double>(in_place) / static_cast<double>(units); }
};

// Tensors of the same name and shape with two axes or more. An axis takes part if its length is
// that of an output (first) axis of some tensor and of an input (second) axis of some tensor, in
// both models: such units are hidden ones. Classes, tokens, channels of an input image or bands of
// a spectrum mean something by themselves, and are on one side only. Tensors stored with the same
// bytes that are no learned values (`excluded`) are left out.
std::vector<TensorOrder> OrderOfUnits(const ModelParts& a, const ModelParts& b,
                                      const std::vector<const Tensor*>& excluded,
                                      std::uint64_t seed, unsigned threads, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_UNIT_ORDER_H_
