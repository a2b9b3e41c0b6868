// Options of all commands that trace.
#ifndef MODELKIN_APPS_TRACE_OPTIONS_H_
#define MODELKIN_APPS_TRACE_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "requests/trace.h"

namespace modelkin {

// --effort, --quick, --rows, --units, --permutations and --seed.
void AddEffortOptions(CLI::App& command, TraceOptions& options);

// The same, --control and --heritage.
void AddTraceOptions(CLI::App& command, std::vector<std::string>& controls, TraceOptions& options);

// --fingerprints.
void AddFingerprintsOption(CLI::App& command, TraceOptions& options,
                           const std::string& description);

// --resume.
void AddResumeOption(CLI::App& command, std::string& folder);

// --parents and --resume.
void AddMergeAndResumeOptions(CLI::App& command, TraceRequest& request);

}  // namespace modelkin

#endif  // MODELKIN_APPS_TRACE_OPTIONS_H_
