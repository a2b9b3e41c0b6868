// Two checkpoints compared to the bit.
#ifndef MODELKIN_REQUESTS_DIFF_H_
#define MODELKIN_REQUESTS_DIFF_H_

#include <string>
#include <vector>

#include "requests/inputs.h"
#include "requests/session.h"
#include "scan/byte_diff.h"
#include "scan/pairing.h"

namespace modelkin {

struct DiffOptions {
  PairingOptions pairing;
  DigestPolicy digest = DigestPolicy::kAlways;
};

struct DiffRequest {
  ModelPaths models;  // A and B
  OpenOptions opening;
  DiffOptions options;
};

struct DiffResults {
  Inputs models;  // `diff` points into them
  DiffOptions options;
  OpenOptions opening;
  std::vector<InputRecord> inputs;  // A and B
  ByteDiff diff;
  RunRecord run;
};

DiffResults DiffModels(const DiffRequest& request, const Session& session);
// The same of models that are open.
DiffResults DiffInputs(Inputs models, const OpenOptions& opening, const DiffOptions& options,
                       const Session& session);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_DIFF_H_
