// The commands. Each registers itself with the program and returns what to run once its flags are
// parsed: a function that gives the exit code.
#ifndef MODELKIN_APPS_COMMANDS_H_
#define MODELKIN_APPS_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <array>
#include <functional>

#include "program.h"

namespace modelkin {

using Command = std::function<int(const Program&)>;

Command AddAtlasCommand(CLI::App& program);
Command AddAttestCommand(CLI::App& program);
Command AddAuditCommand(CLI::App& program);
Command AddCheckCommand(CLI::App& program);
Command AddCompareCommand(CLI::App& program);
Command AddConfigCommand(CLI::App& program);
Command AddDiffCommand(CLI::App& program);
Command AddDemoCommand(CLI::App& program);
Command AddDossierCommand(CLI::App& program);
Command AddExplainCommand(CLI::App& program);
Command AddInspectCommand(CLI::App& program);
Command AddMergeCommand(CLI::App& program);
Command AddPlotCommand(CLI::App& program);
Command AddReportCommand(CLI::App& program);
Command AddRequantCommand(CLI::App& program);
Command AddRunCommand(CLI::App& program);
Command AddServeCommand(CLI::App& program);
Command AddSketchCommand(CLI::App& program);
Command AddTokenizerCommand(CLI::App& program);
Command AddTraceCommand(CLI::App& program);
Command AddVerifyCommand(CLI::App& program);

// `help`: call when all others are there. `program` outlives what is returned.
Command AddHelpCommand(CLI::App& program);

// All others, in the order of the help.
inline constexpr std::array kCommands = {
    AddInspectCommand, AddConfigCommand,  AddCompareCommand, AddTraceCommand,     AddAuditCommand,
    AddDiffCommand,    AddRequantCommand, AddMergeCommand,   AddTokenizerCommand, AddReportCommand,
    AddPlotCommand,    AddAttestCommand,  AddVerifyCommand,  AddCheckCommand,     AddDossierCommand,
    AddRunCommand,     AddExplainCommand, AddSketchCommand,  AddAtlasCommand,     AddServeCommand,
    AddDemoCommand};

}  // namespace modelkin

#endif  // MODELKIN_APPS_COMMANDS_H_
