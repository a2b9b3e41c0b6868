// One part of one model explained: formula, numbers, a token followed through it.
#ifndef MODELKIN_REQUESTS_EXPLAIN_H_
#define MODELKIN_REQUESTS_EXPLAIN_H_

#include <string>
#include <vector>

#include "explanation/explain.h"
#include "explanation/explanation.h"
#include "model/input_record.h"
#include "requests/request_context.h"
#include "requests/texts.h"

namespace modelkin {

struct ExplainModelRequest {
  std::string model;
  Texts texts;           // one text, or none
  ExplainRequest about;  // but for its ids, which are those of `texts`
  OpenOptions opening = {};
};

struct ExplainResults {
  InputRecord input;
  Explanation explanation;
  std::vector<std::string> tokens;  // what each id stands for; none where nothing says
  RunRecord run;
};

// Throws Error(kUsage) for more texts than one, and what Explain throws.
ExplainResults ExplainModel(const ExplainModelRequest& request, const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_EXPLAIN_H_
