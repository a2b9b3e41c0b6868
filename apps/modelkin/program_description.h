// What the program takes, as data: commands and options out of the tables that --help prints.
#ifndef MODELKIN_APPS_PROGRAM_DESCRIPTION_H_
#define MODELKIN_APPS_PROGRAM_DESCRIPTION_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace modelkin {

struct OptionDescription {
  std::vector<std::string> names;     // "-o", "--output"; of a positional one, its name alone
  std::string value;                  // "MODEL", "N"; "" for a flag
  std::string bounds;                 // of the value: "1 to 1024"; or ""
  std::vector<std::string> choices;   // all values that it takes, where it takes few
  std::vector<std::string> excludes;  // options that it can't be given with
  std::string description;
  std::string group;  // "Output"; of a positional one "Positionals"
  bool required = false;
  bool takes_many = false;  // values, one after another
  bool repeatable = false;
  bool is_action = false;  // positional: which of the command's actions
};

// What a shell offers for a value.
enum class ValueCompletion { kNoFiles, kChoices, kFolders, kFiles };

struct CommandDescription {
  std::string name;  // "trace", "atlas add"
  std::string description;
  std::vector<OptionDescription> positionals;
  std::vector<OptionDescription> options;
  std::string footer;  // examples, and what else --help ends with

  // Whether it is one of the actions of a command.
  bool is_action() const { return name.find(' ') != std::string::npos; }
};

// Returns what the parser shows of `command`, in the order of --help. Hidden options are left out;
// the actions of a command such as "atlas" are the choices of a positional option.
CommandDescription DescribeCommand(const CLI::App& command);

// Returns the command of `app` that is called so, or its action; null if there is none.
const CLI::App* FindCommand(const CLI::App& app, const std::string& name);
std::vector<std::string> NamesOfCommands(const CLI::App& app);

ValueCompletion CompletionOf(const OptionDescription& option);

// Returns the program's commands, in the order of --help, each followed by its actions: "atlas",
// "atlas add".
std::vector<CommandDescription> DescribeCommands(const CLI::App& program);

}  // namespace modelkin

#endif  // MODELKIN_APPS_PROGRAM_DESCRIPTION_H_
