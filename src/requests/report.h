// Everything about two models.
#ifndef MODELKIN_REQUESTS_REPORT_H_
#define MODELKIN_REQUESTS_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "requests/compare.h"
#include "requests/diff.h"
#include "requests/inspect.h"
#include "requests/texts.h"
#include "requests/trace.h"

namespace modelkin {

struct ReportRequest {
  TraceRequest trace;
  std::optional<Texts> texts;  // to run the models on as well
};

// What the report calls the models.
struct ReportNames {
  std::string a, b;
  std::vector<std::string> controls;
};

struct Report {
  ReportNames names;
  TraceResults trace;
  Inspection inspection_a, inspection_b;
  std::optional<ConfigComparison> config;     // if both have one that can be read
  std::optional<TokenizerResults> tokenizer;  // if both have one that can be read
  // What reads all bytes: not of a quick report.
  std::optional<CompareResults> compare;
  std::optional<DiffResults> diff;
};

// Opens each model once. Throws Error(kUsage) for a quick one with texts, and what its parts throw.
Report ReportOn(const ReportRequest& request, const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_REPORT_H_
