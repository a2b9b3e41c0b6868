// Two models compared tensor by tensor, and what they do with the same texts.
#ifndef MODELKIN_REQUESTS_COMPARE_H_
#define MODELKIN_REQUESTS_COMPARE_H_

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "functional/functional_comparison.h"
#include "modelkin/compare.h"
#include "requests/inputs.h"
#include "requests/request_context.h"
#include "requests/texts.h"
#include "scan/comparison.h"
#include "scan/role_pairing.h"

namespace modelkin {

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
CompareResults CompareModels(const CompareRequest& request, const RequestContext& context);
// The same of models that are open: A, B and controls.
CompareResults CompareInputs(Inputs models, const OpenOptions& opening,
                             const CompareOptions& options, const RequestContext& context);

// Returns why nothing was compared; nothing where something was. What has no pair at all was not
// compared, whatever the numbers look like.
std::optional<std::string> NothingCompared(const CompareResults& results);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_COMPARE_H_
