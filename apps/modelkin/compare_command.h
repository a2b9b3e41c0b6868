// `modelkin compare` as a function, for the commands that end in a comparison.
#ifndef MODELKIN_APPS_COMPARE_COMMAND_H_
#define MODELKIN_APPS_COMPARE_COMMAND_H_

#include <string>
#include <vector>

#include "output_option.h"
#include "program.h"
#include "requests/compare.h"
#include "shared_options.h"
#include "text_input.h"

namespace modelkin {

// As typed.
struct CompareFlags {
  std::vector<std::string> models;
  std::string model1 = {};
  std::string model2 = {};
  std::vector<std::string> controls = {};
  FilterFlags filter = {};
  TextFlags texts = {};
  OpenOptions opening = {};
  CompareOptions options = {};  // but for what the other flags say of it
  SharedOptions shared = {};
  OutputFlags output = {};
  bool functional = false;
  bool digest = false;
  bool no_digest = false;
  bool plan = false;
  bool json = false;
  bool csv = false;
  bool by_layer = false;
  bool details = false;
};

// Opens, compares and writes. Returns the exit code.
int RunCompare(const CompareFlags& flags, const Program& program);

}  // namespace modelkin

#endif  // MODELKIN_APPS_COMPARE_COMMAND_H_
