#include "scan/role_pairing.h"

#include <algorithm>

#include "architecture/named_by_role.h"

namespace modelkin {
namespace {

struct Alone {
  std::uint64_t in_a = 0, in_b = 0, pairs = 0;
};

Alone CountAlone(const Pairing& pairing) {
  Alone alone;
  for (const TensorPair& pair : pairing.pairs) {
    alone.in_a += pair.b == nullptr ? 1 : 0;
    alone.in_b += pair.a == nullptr ? 1 : 0;
    alone.pairs += pair.one_sided() ? 0 : 1;
  }
  return alone;
}

Checkpoint Named(const Checkpoint& checkpoint, const ModelSpec* spec) {
  if (spec != nullptr) return NamedByRole(checkpoint, *spec);
  return {checkpoint.path(), checkpoint.files(), checkpoint.tensors(), checkpoint.warnings()};
}

}  // namespace

RolePairing PairByNameOrRole(const Checkpoint& a, const ModelSpec* spec_a, const Checkpoint& b,
                             const ModelSpec* spec_b, const PairingOptions& options) {
  RolePairing by_name{.pairing = PairByName(a, b, options), .a = {}, .b = {}};
  const Alone without = CountAlone(by_name.pairing);
  const bool known = spec_a != nullptr || spec_b != nullptr;
  if (!known || without.in_a == 0 || without.in_b == 0) return by_name;
  RolePairing by_role{.pairing = {}, .a = Named(a, spec_a), .b = Named(b, spec_b)};
  by_role.pairing = PairByName(*by_role.a, *by_role.b, options);
  if (CountAlone(by_role.pairing).pairs <= without.pairs) return by_name;
  return by_role;
}

}  // namespace modelkin
