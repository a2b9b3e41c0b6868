// The coordinates in which two models are compared.
#ifndef MODELKIN_LINEAGE_RESIDUAL_BASIS_H_
#define MODELKIN_LINEAGE_RESIDUAL_BASIS_H_

#include <cstdint>

namespace modelkin {

// Whether residual coordinates are what the models store, or were fitted to each other: tests over
// them are not valid then, and left out. Those over hidden units and heads stay valid, since the
// fit did not look at their order.
enum class ResidualBasis : std::uint8_t { kAsStored, kFitted };

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_RESIDUAL_BASIS_H_
