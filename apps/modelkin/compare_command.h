// `modelkin compare` as a function, for the commands that end in a comparison.
#ifndef MODELKIN_APPS_COMPARE_COMMAND_H_
#define MODELKIN_APPS_COMPARE_COMMAND_H_

#include <CLI/CLI.hpp>

#include "compare_run.h"
#include "output_option.h"

namespace modelkin {

struct CompareFlags {
  CompareRequest request;
  OutputFlags output;
  bool plan = false;
  bool json = false;
  bool csv = false;
  bool by_layer = false;
};

// All options of the command, as they are typed.
void AddCompareOptions(CLI::App& command, CompareFlags& flags);

// Opens, compares and writes. Returns the exit code.
int RunCompare(const CompareFlags& flags);

}  // namespace modelkin

#endif  // MODELKIN_APPS_COMPARE_COMMAND_H_
