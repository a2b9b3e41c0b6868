#include <memory>

#include "atlas_actions.h"
#include "commands.h"

namespace modelkin {
namespace {

constexpr const char* kAtlasExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin atlas add models.atlas demo/dense-a demo/dense-b demo/moe-c
  modelkin atlas find models.atlas demo/dense-a-tuned
  modelkin atlas tree models.atlas
  modelkin atlas tree models.atlas --format html -o tree.html
  modelkin atlas stats models.atlas
  modelkin atlas export models.atlas -o records.jsonl
  modelkin atlas import copy.atlas records.jsonl)";

}  // namespace

void AddAtlasArgument(CLI::App& action, AtlasFlags& flags) {
  action.add_option("atlas", flags.atlas, "The atlas, a file")->required()->type_name("ATLAS");
}

Command AddAtlasCommand(CLI::App& program) {
  CLI::App& command = *program.add_subcommand(
      "atlas", "Find a model's relatives among many: add, find, tree, and what an atlas needs");
  command.footer(kAtlasExamples);
  command.require_subcommand(1);
  const auto chosen = std::make_shared<ChosenAction>();
  AddSketchingActions(command, chosen);
  AddSearchingActions(command, chosen);
  AddRecordActions(command, chosen);
  return [chosen](const Program& running) { return chosen->command(running); };
}

}  // namespace modelkin
