// Whether a quantised model is what a quantiser makes of a claimed original.
#ifndef MODELKIN_REQUESTS_REQUANT_H_
#define MODELKIN_REQUESTS_REQUANT_H_

#include <deque>
#include <string>
#include <vector>

#include "modelkin/options.h"
#include "requant/requant.h"
#include "requests/inputs.h"
#include "requests/request_context.h"
#include "scan/role_pairing.h"
#include "storage/type_mix.h"

namespace modelkin {

struct RequantOptions {
  PairingOptions pairing;  // a key map's names are the original's
  bool by_name = false;
  DigestPolicy digest = DigestPolicy::kAuto;
};

struct RequantRequest {
  std::string quantised;
  std::string original;
  OpenOptions opening = {};
  RequantOptions options = {};
};

struct RequantResults {
  Inputs models;  // A is the original, B the quantised; all below points into them, and into this
  std::deque<RolePairing> pairings;
  RequantOptions options;
  std::vector<InputRecord> inputs;
  TypeMix mix;  // of the quantised
  Requantisation found;
  RunRecord run;
};

// Throws Error(kBadInput) where no tensor of both was compared, and what opening and reading throw.
RequantResults RequantModels(const RequantRequest& request, const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_REQUANT_H_
