// Which component of one model is compared with which of another.
#ifndef MODELKIN_MODEL_COMPONENT_PAIRS_H_
#define MODELKIN_MODEL_COMPONENT_PAIRS_H_

#include <cstdint>
#include <vector>

#include "architecture/components.h"

namespace modelkin {

// Why two components are compared. A guess by shapes is made for one of them that was alone.
enum class PairedBy : std::uint8_t { kKind, kShapesOfA, kShapesOfB };

// Both, or one where the other model has no such component.
struct ComponentPair {
  const ModelComponent* a = nullptr;
  const ModelComponent* b = nullptr;
  PairedBy by = PairedBy::kKind;

  Component kind() const { return (b != nullptr ? b : a)->kind; }
};

using ModelComponents = std::vector<ModelComponent>;

// Pairs components of one kind, of several the ones whose shapes fit best. What then is left alone
// is paired with any component of the other model, whatever it is called, that has as many shapes
// in common as half of the smaller one's matrices: a name hides nothing. Two models of one
// component each are a pair in any case. At least one pair; pairs of a kind first, then guesses,
// each in the order of B's components, then what is alone. Points into both. Reads no tensor.
std::vector<ComponentPair> PairComponents(const ModelComponents& a, const ModelComponents& b);

// Returns the one of a kind whose shapes fit best; null if there is none of the kind.
const ModelComponent* FindComponentLike(const ModelComponent& wanted, const ModelComponents& in);

}  // namespace modelkin

#endif  // MODELKIN_MODEL_COMPONENT_PAIRS_H_
