// The actions of `modelkin atlas`, each with its options.
#ifndef MODELKIN_APPS_ATLAS_ACTIONS_H_
#define MODELKIN_APPS_ATLAS_ACTIONS_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "modelkin/options.h"
#include "output_option.h"
#include "program.h"
#include "shared_options.h"

namespace modelkin {

// What actions are asked with.
struct AtlasFlags {
  std::string atlas;
  std::vector<std::string> models;
  std::string list;  // a file of further models
  OutputFlags output;
  bool json = false;
  SharedOptions shared;
  OpenOptions opening;
};

// What was asked for, once it is known.
struct ChosenAction {
  Command command;
};

// Adds an action that `run` runs, if it is the chosen one.
template <class Flags>
CLI::App& AddAction(CLI::App& atlas, const std::shared_ptr<ChosenAction>& chosen,
                    const std::shared_ptr<Flags>& flags, const std::string& name,
                    const std::string& description, int (*run)(const Flags&, const Program&)) {
  CLI::App& action = *atlas.add_subcommand(name, description);
  action.fallthrough();
  action.callback([chosen, flags, run] {
    chosen->command = [flags, run](const Program& program) { return run(*flags, program); };
  });
  return action;
}

void AddAtlasArgument(CLI::App& action, AtlasFlags& flags);

// add and build.
void AddSketchingActions(CLI::App& atlas, const std::shared_ptr<ChosenAction>& chosen);
// find, tree and serve.
void AddSearchingActions(CLI::App& atlas, const std::shared_ptr<ChosenAction>& chosen);
// remove, stats, check, export and import.
void AddRecordActions(CLI::App& atlas, const std::shared_ptr<ChosenAction>& chosen);

}  // namespace modelkin

#endif  // MODELKIN_APPS_ATLAS_ACTIONS_H_
