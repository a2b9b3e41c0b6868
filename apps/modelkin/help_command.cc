#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/escaped_text.h"
#include "base/nearest_name.h"
#include "commands.h"
#include "help_text.h"
#include "program_description.h"
#include "shared_options.h"

namespace modelkin {
namespace {

const CLI::App& RequireCommand(const CLI::App& app, const std::string& name) {
  if (const CLI::App* const command = FindCommand(app, name)) return *command;
  const auto nearest = NearestName(name, NamesOfCommands(app));
  throw Error(ErrorKind::kUsage, fmt::format("there is no command \"{}\": {}", Printable(name),
                                             nearest ? fmt::format("did you mean {}?", *nearest)
                                                     : "modelkin --help lists them"));
}

}  // namespace

Command AddHelpCommand(CLI::App& program) {
  auto names = std::make_shared<std::vector<std::string>>();
  CLI::App& command = *program.add_subcommand("help", "Show the help of a command");
  command.footer("Examples:\n  modelkin help trace\n  modelkin help atlas find");
  command.add_option("command", *names, "A command, and an action of it")
      ->type_name(fmt::format("COMMAND:{{{}}}", fmt::join(NamesOfCommands(program), ",")));
  return [names, &program](const Program&) {
    const CLI::App* app = &program;
    for (const std::string& name : *names) app = &RequireCommand(*app, name);
    WriteToStandardOutput(
        [&](const TextSink& sink) { sink(HelpFormatter().make_help(app, "", {})); });
    return 0;
  };
}

}  // namespace modelkin
