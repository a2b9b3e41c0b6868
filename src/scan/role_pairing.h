// Pairing across families and naming schemes.
#ifndef MODELKIN_SCAN_ROLE_PAIRING_H_
#define MODELKIN_SCAN_ROLE_PAIRING_H_

#include <optional>

#include "architecture/model_spec.h"
#include "architecture/rotary_order.h"
#include "checkpoint/checkpoint.h"
#include "scan/pairing.h"

namespace modelkin {

struct RolePairing {
  Pairing pairing;
  // What the pairs point into where it is not the models as stored: both sides under the names they
  // were paired by, or in one order.
  std::optional<Checkpoint> a, b;
  bool by_role = false;
  RotaryLayout rotary_layout = RotaryLayout::kSame;  // B's queries and keys were put in A's order
};

// By name; but by role if names leave tensors of both sides alone, or the families differ, and
// roles make more comparable pairs. Roles are Llama-like names (NamedByRole), with beginnings put
// to the vote (AlignPrefixes). `spec_a` and `spec_b` may be null.
RolePairing PairByNameOrRole(const Checkpoint& a, const ModelSpec* spec_a, const Checkpoint& b,
                             const ModelSpec* spec_b, const PairingOptions& options);

}  // namespace modelkin

#endif  // MODELKIN_SCAN_ROLE_PAIRING_H_
