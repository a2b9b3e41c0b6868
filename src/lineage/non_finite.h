// Tensors with values that are not finite, which no test can use.
#ifndef MODELKIN_LINEAGE_NON_FINITE_H_
#define MODELKIN_LINEAGE_NON_FINITE_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "lineage/model_parts.h"

namespace modelkin {

struct NonFiniteTensor {
  std::string tensor;  // as stored
  std::uint64_t nan = 0, infinite = 0;
};

// Parts but those named in `finite`, which are known to hold none. In the model's order.
std::vector<NonFiniteTensor> FindNonFinite(const ModelParts& model,
                                           const std::set<std::string>& finite, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_NON_FINITE_H_
