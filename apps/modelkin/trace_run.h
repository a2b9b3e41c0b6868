// What `modelkin trace` computes of two models, for the commands that show it.
#ifndef MODELKIN_APPS_TRACE_RUN_H_
#define MODELKIN_APPS_TRACE_RUN_H_

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "model_opening.h"
#include "report/trace_report.h"
#include "shared_options.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {

struct TraceRequest {
  std::string model_a;
  std::string model_b;
  std::vector<std::string> controls;
  std::vector<std::string> parents;
  TraceOptions options;
  SharedOptions shared;
  std::string resume;  // a folder for what has been computed; "" for none
};

// The checkpoints stay open as long as the results that point into them.
struct TraceRun {
  std::deque<OpenedModel> models;
  TraceResults results;
};

TraceRun TraceModels(const TraceRequest& request, Progress& progress);

// --control, --quick, --permutations and --seed, of all commands that trace.
void AddTraceOptions(CLI::App& command, std::vector<std::string>& controls, TraceOptions& options);

// --parents and --resume.
void AddMergeAndResumeOptions(CLI::App& command, TraceRequest& request);

// Beside the weights; nothing where there is none that can be read.
std::optional<Tokenizer> FindTokenizer(const std::string& path);

}  // namespace modelkin

#endif  // MODELKIN_APPS_TRACE_RUN_H_
