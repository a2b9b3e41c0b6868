// Options of all commands that trace.
#ifndef MODELKIN_APPS_TRACE_OPTIONS_H_
#define MODELKIN_APPS_TRACE_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "requests/trace.h"

namespace modelkin {

// --control, --effort, --quick, --rows, --units, --permutations, --seed and --heritage.
void AddTraceOptions(CLI::App& command, std::vector<std::string>& controls, TraceOptions& options);

// --describe.
void AddDescribeOption(CLI::App& command, TraceOptions& options);

// --parents and --resume.
void AddMergeAndResumeOptions(CLI::App& command, TraceRequest& request);

}  // namespace modelkin

#endif  // MODELKIN_APPS_TRACE_OPTIONS_H_
