// Two checkpoints compared to the bit.
#ifndef MODELKIN_REQUESTS_DIFF_H_
#define MODELKIN_REQUESTS_DIFF_H_

#include <string>
#include <vector>

#include "modelkin/diff.h"
#include "requests/inputs.h"
#include "requests/request_context.h"
#include "scan/byte_diff.h"
#include "scan/pairing.h"

namespace modelkin {

struct DiffResults {
  Inputs models;  // `diff` points into them
  DiffOptions options;
  OpenOptions opening;
  std::vector<InputRecord> inputs;  // A and B
  ByteDiff diff;
  RunRecord run;
};

DiffResults DiffModels(const DiffRequest& request, const RequestContext& context);
// The same of models that are open.
DiffResults DiffInputs(Inputs models, const OpenOptions& opening, const DiffOptions& options,
                       const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_DIFF_H_
