// Two models compared tensor by tensor, and what they do with the same texts.
#ifndef MODELKIN_REQUESTS_COMPARE_H_
#define MODELKIN_REQUESTS_COMPARE_H_

#include <deque>
#include <optional>
#include <vector>

#include "functional/functional_comparison.h"
#include "requests/inputs.h"
#include "requests/session.h"
#include "requests/texts.h"
#include "scan/comparison.h"
#include "scan/role_pairing.h"

namespace modelkin {

struct CompareOptions {
  PairingOptions pairing;  // renames are of A's tensors to B's alone
  bool within = false;     // layers of each model against each other as well, as a baseline
  bool by_name = false;    // pairs by name alone, else by role where names leave tensors alone
  bool quantiles = true;   // the 99th percentiles, which take long
  DigestPolicy digest = DigestPolicy::kAuto;
  std::optional<Texts> functional;  // texts to run all models on as well; no ids
};

struct CompareRequest {
  ModelPaths models;  // B may be absent with `within`
  OpenOptions opening;
  CompareOptions options;
};

struct CompareResults {
  Inputs models;  // all below points into them, and into `pairings`
  std::deque<RolePairing> pairings;
  CompareOptions options;
  OpenOptions opening;
  std::vector<InputRecord> inputs;
  std::optional<Comparison> pair;    // of A and B, if there is a B
  std::vector<Comparison> controls;  // A and B against each control
  std::vector<Comparison> within;    // layers of one model against each other
  std::optional<FunctionalResults> functional;
  RunRecord run;
};

// Throws Error(kUsage) for options that don't go together.
void RequireSense(const CompareRequest& request);

// Throws as RequireSense does, and what opening, scanning and running throw.
CompareResults CompareModels(const CompareRequest& request, const Session& session);
// The same of models that are open: A, B and controls.
CompareResults CompareInputs(Inputs models, const OpenOptions& opening,
                             const CompareOptions& options, const Session& session);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_COMPARE_H_
