// --plan: what a command would read, before it does.
#ifndef MODELKIN_APPS_SHOW_PLAN_H_
#define MODELKIN_APPS_SHOW_PLAN_H_

#include <CLI/CLI.hpp>
#include <vector>

#include "program.h"
#include "requests/plan.h"

namespace modelkin {

// --plan of commands that may read all of the models that are named.
void AddWholePlanFlag(CLI::App& command, bool& plan);

// What a plan is of.
enum class PlanScope : std::uint8_t {
  kAll,        // what is read
  kAtMost,     // which tensors are read is only known on the way
  kFirstLook,  // what is read where nothing is found
};

// Prints a table.
void ShowPlan(const std::vector<PlannedInput>& inputs, PlanScope scope, const Program& program);

// The table of such commands.
void ShowWholePlan(const Inputs& models, const Program& program);

}  // namespace modelkin

#endif  // MODELKIN_APPS_SHOW_PLAN_H_
