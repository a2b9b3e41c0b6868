// Which tensors of two open models are compared with each other.
#ifndef MODELKIN_REQUESTS_COMPARE_PAIRING_H_
#define MODELKIN_REQUESTS_COMPARE_PAIRING_H_

#include "model/opened_model.h"
#include "scan/role_pairing.h"

namespace modelkin {

// Whether names alone decide: asked for, or implied by a key map.
bool PairsByNameAlone(const PairingOptions& options, bool by_name);

// Reads no tensor.
RolePairing PairModels(const OpenedModel& a, const OpenedModel& b, const PairingOptions& options,
                       bool by_name);

// Puts B's queries and keys in A's rotary order, where they have the other: `paired` of `a` and `b`
// by these options. Where names do not tell queries and keys, families do.
void PutInOneOrder(const OpenedModel& a, const OpenedModel& b, const PairingOptions& options,
                   unsigned threads, RolePairing& paired);

// Returns B as `paired` has it, its queries and keys in the order.
Checkpoint InOrderOf(const OpenedModel& a, const OpenedModel& b, const RolePairing& paired,
                     const RotaryOrder& order);

// Of pairs other than A and B, of which alone a key map speaks.
PairingOptions WithoutRenames(PairingOptions options);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_COMPARE_PAIRING_H_
