#include "requests/compare_pairing.h"

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

PairingOptions WithoutRenames(PairingOptions options) {
  options.renames.clear();
  return options;
}

}  // namespace modelkin
