// `modelkin trace` as functions, for the commands that trace what was traced before.
#ifndef MODELKIN_APPS_TRACE_COMMAND_H_
#define MODELKIN_APPS_TRACE_COMMAND_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "output_option.h"
#include "report/dynamics_report.h"
#include "trace_run.h"

namespace modelkin {

struct TraceFlags {
  TraceRequest request;
  std::vector<std::string> later;  // checkpoints after these two
  OutputFlags output;
  bool json = false;
  bool plan = false;
  bool exit_code = false;
};

// All options of the command, as they are typed.
void AddTraceCommandOptions(CLI::App& command, TraceFlags& flags);

// A series of checkpoints of one training run: how it moved, not whether it is one. Throws
// Error(kUsage) for options that are about two models.
DynamicsResults FollowSeries(const TraceFlags& flags, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_APPS_TRACE_COMMAND_H_
