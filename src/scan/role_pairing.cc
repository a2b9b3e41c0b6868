#include "scan/role_pairing.h"

#include <algorithm>

#include "architecture/named_by_role.h"
#include "architecture/prefix_alignment.h"

namespace modelkin {
namespace {

struct PairCounts {
  std::uint64_t only_in_a = 0, only_in_b = 0, comparable = 0;
};

PairCounts CountPairs(const Pairing& pairing) {
  PairCounts counts;
  for (const TensorPair& pair : pairing.pairs) {
    counts.only_in_a += pair.b == nullptr ? 1 : 0;
    counts.only_in_b += pair.a == nullptr ? 1 : 0;
    counts.comparable += pair.comparable() ? 1 : 0;
  }
  return counts;
}

}  // namespace

RolePairing PairByNameOrRole(const Checkpoint& a, const ModelSpec* spec_a, const Checkpoint& b,
                             const ModelSpec* spec_b, const PairingOptions& options) {
  RolePairing by_name{.pairing = PairByName(a, b, options), .a = {}, .b = {}};
  const PairCounts named = CountPairs(by_name.pairing);
  // Two families can have the same names and lay matrices out differently.
  const bool two_families =
      spec_a != nullptr && spec_b != nullptr && spec_a->family != spec_b->family;
  if (!two_families && (named.only_in_a == 0 || named.only_in_b == 0)) return by_name;
  AlignedNames aligned = AlignPrefixes(NamedByRole(a, spec_a), NamedByRole(b, spec_b));
  RolePairing by_role{
      .pairing = {}, .a = std::move(aligned.a), .b = std::move(aligned.b), .by_role = true};
  by_role.pairing = PairByName(*by_role.a, *by_role.b, options);
  if (CountPairs(by_role.pairing).comparable <= named.comparable) return by_name;
  return by_role;
}

}  // namespace modelkin
