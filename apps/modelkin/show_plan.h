// --plan: what a command would read, before it does.
#ifndef MODELKIN_APPS_SHOW_PLAN_H_
#define MODELKIN_APPS_SHOW_PLAN_H_

#include <CLI/CLI.hpp>
#include <vector>

#include "requests/plan.h"

namespace modelkin {

// --plan of commands that may read all of the models that are named.
void AddWholePlanFlag(CLI::App& command, bool& plan);

// Prints a table. `at_most`: which tensors are read is only known on the way.
void ShowPlan(const std::vector<PlannedInput>& inputs, bool at_most);

// The table of such commands.
void ShowWholePlan(const Inputs& models);

}  // namespace modelkin

#endif  // MODELKIN_APPS_SHOW_PLAN_H_
