// --plan: what a command would read, before it does.
#ifndef MODELKIN_APPS_SHOW_PLAN_H_
#define MODELKIN_APPS_SHOW_PLAN_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace modelkin {

struct PlannedModel {
  std::string id;
  const Checkpoint* checkpoint = nullptr;
  std::vector<const Tensor*> tensors;  // that will be read, or may be
};

// Prints a table. `at_most`: which tensors are read is only known on the way.
void ShowPlan(const std::vector<PlannedModel>& models, bool at_most);

// --plan of such commands.
void AddWholePlanFlag(CLI::App& command, bool& plan);

// Of commands that may read all of the models that are named: opens them, and prints the table.
void ShowWholePlan(const std::vector<std::string>& paths, const OpenOptions& opening);

}  // namespace modelkin

#endif  // MODELKIN_APPS_SHOW_PLAN_H_
