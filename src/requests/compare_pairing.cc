#include "requests/compare_pairing.h"

#include <utility>

#include "lineage/rotary_layout.h"

namespace modelkin {

bool PairsByNameAlone(const PairingOptions& options, bool by_name) {
  return by_name || !options.renames.empty();
}

RolePairing PairModels(const OpenedModel& a, const OpenedModel& b, const PairingOptions& options,
                       bool by_name) {
  if (PairsByNameAlone(options, by_name)) {
    return {.pairing = PairByName(a.checkpoint(), b.checkpoint(), options), .a = {}, .b = {}};
  }
  return PairByNameOrRole(a.checkpoint(), a.spec(), b.checkpoint(), b.spec(), options);
}

void PutInOneOrder(const Checkpoint& stored_a, const Checkpoint& stored_b,
                   const PairingOptions& options, unsigned threads, RolePairing& paired) {
  const Checkpoint& a = paired.a ? *paired.a : stored_a;
  const Checkpoint& b = paired.b ? *paired.b : stored_b;
  const RotaryOrder order = FindRotaryOrder(a, b, threads);
  if (order.is_same()) return;
  Checkpoint ordered = InRotaryOrder(b, a, order);
  paired.pairing = PairByName(a, ordered, options);
  paired.b = std::move(ordered);
  paired.rotary_layout = order.layout;
}

PairingOptions WithoutRenames(PairingOptions options) {
  options.renames.clear();
  return options;
}

}  // namespace modelkin
