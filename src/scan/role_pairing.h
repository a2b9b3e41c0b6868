// Pairing across families and naming schemes.
#ifndef MODELKIN_SCAN_ROLE_PAIRING_H_
#define MODELKIN_SCAN_ROLE_PAIRING_H_

#include <optional>

#include "architecture/model_spec.h"
#include "checkpoint/checkpoint.h"
#include "scan/pairing.h"

namespace modelkin {

struct RolePairing {
  Pairing pairing;
  // If paired by role: both sides under Llama-like names, which the pairs point into.
  std::optional<Checkpoint> a, b;

  bool by_role() const { return a.has_value(); }
};

// By name; but by role if names leave tensors of both sides alone, or the families differ, and
// roles make more comparable pairs. `spec_a` and `spec_b` may be null: that side then keeps its
// names.
RolePairing PairByNameOrRole(const Checkpoint& a, const ModelSpec* spec_a, const Checkpoint& b,
                             const ModelSpec* spec_b, const PairingOptions& options);

}  // namespace modelkin

#endif  // MODELKIN_SCAN_ROLE_PAIRING_H_
