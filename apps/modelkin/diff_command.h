// `modelkin diff` as functions, for the commands that compare bytes again.
#ifndef MODELKIN_APPS_DIFF_COMMAND_H_
#define MODELKIN_APPS_DIFF_COMMAND_H_

#include <CLI/CLI.hpp>
#include <deque>
#include <string>

#include "output_option.h"
#include "report/diff_report.h"
#include "shared_options.h"

namespace modelkin {

struct DiffFlags {
  std::string model_a;
  std::string model_b;
  FilterFlags filter;
  SharedOptions shared;
  OutputFlags output;
  bool json = false;
  bool exit_code = false;
  bool plan = false;
  bool no_digest = false;
};

// All options of the command, as they are typed.
void AddDiffOptions(CLI::App& command, DiffFlags& flags);

// The checkpoints stay open as long as the results that point into them.
struct DiffRun {
  std::deque<Checkpoint> models;
  DiffResults results;
};

DiffRun DiffModels(const DiffFlags& flags, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_APPS_DIFF_COMMAND_H_
