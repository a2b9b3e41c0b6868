// `modelkin compare` as a function, for the commands that end in a comparison.
#ifndef MODELKIN_APPS_COMPARE_COMMAND_H_
#define MODELKIN_APPS_COMPARE_COMMAND_H_

#include <string>
#include <vector>

#include "shared_options.h"

namespace modelkin {

// What the flags ask for.
struct CompareRequest {
  std::vector<std::string> models;
  std::string model1;
  std::string model2;
  std::vector<std::string> controls;
  FilterFlags filter;
  SharedOptions shared;
  std::string output;
  bool plan = false;
  bool json = false;
  bool csv = false;
  bool within = false;
  bool by_name = false;
  bool by_layer = false;
  bool no_quantiles = false;
  bool digest = false;
  bool no_digest = false;
};

// Opens, compares and writes. Returns the exit code.
int RunCompare(const CompareRequest& request);

}  // namespace modelkin

#endif  // MODELKIN_APPS_COMPARE_COMMAND_H_
