// `modelkin compare` as a function, for the commands that end in a comparison.
#ifndef MODELKIN_APPS_COMPARE_COMMAND_H_
#define MODELKIN_APPS_COMPARE_COMMAND_H_

#include <string>

#include "compare_run.h"

namespace modelkin {

struct CompareFlags {
  CompareRequest request;
  std::string output;
  bool plan = false;
  bool json = false;
  bool csv = false;
  bool by_layer = false;
};

// Opens, compares and writes. Returns the exit code.
int RunCompare(const CompareFlags& flags);

}  // namespace modelkin

#endif  // MODELKIN_APPS_COMPARE_COMMAND_H_
