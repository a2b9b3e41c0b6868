// What a tensor's name and type say of its use: whether activations are multiplied with it.
#ifndef MODELKIN_LINEAGE_TENSOR_USE_H_
#define MODELKIN_LINEAGE_TENSOR_USE_H_

#include <cstdint>

#include "checkpoint/checkpoint.h"

namespace modelkin {

enum class TensorUse : std::uint8_t {
  kWeight,       // its name is one of weights
  kCodes,        // packed weights
  kBookkeeping,  // of quantised weights: scales, zero points, orders, tables of codes
  kBuffer,       // constants beside the weights, or whole numbers: places, counts, masks
  kUnknown,      // floating-point values under a name that says neither
};

TensorUse UseOf(const Tensor& tensor);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_TENSOR_USE_H_
