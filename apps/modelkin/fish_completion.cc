#include <fmt/format.h>

#include "help_forms.h"
#include "program_description.h"

namespace modelkin {
namespace {

std::string FishQuoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

// What is offered after an option; without -f, files are as well.
std::string FishValue(const OptionDescription& option) {
  if (option.value.empty()) return "";
  switch (CompletionOf(option)) {
    case ValueCompletion::kNoFiles: return " -x";
    case ValueCompletion::kFolders: return " -x -a '(__fish_complete_directories)'";
    case ValueCompletion::kFiles: return " -r";
    case ValueCompletion::kChoices: break;
  }
  return " -x -a " + FishQuoted(fmt::format("{}", fmt::join(option.choices, " ")));
}

std::string FishOptions(const CommandDescription& command, const std::string& condition) {
  std::string lines;
  for (const OptionDescription& option : command.options) {
    lines += "complete -c modelkin -n " + FishQuoted(condition);
    for (const std::string& name : option.names) {
      lines += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    lines += fmt::format("{} -d {}\n", FishValue(option), FishQuoted(option.description));
  }
  for (const OptionDescription& positional : command.positionals) {
    if (positional.choices.empty()) continue;
    lines += fmt::format("complete -c modelkin -n {} -a {}\n", FishQuoted(condition),
                         FishQuoted(fmt::format("{}", fmt::join(positional.choices, " "))));
  }
  return lines;
}

}  // namespace

std::string FishCompletion(const CLI::App& program) {
  std::string text = "# Completion of modelkin for fish.\n";
  text += FishOptions(DescribeCommand(program), "__fish_use_subcommand");
  for (const CommandDescription& command : DescribeCommands(program)) {
    if (command.is_action()) continue;
    text += fmt::format("complete -c modelkin -n __fish_use_subcommand -f -a {} -d {}\n",
                        FishQuoted(command.name), FishQuoted(command.description));
  }
  for (const CommandDescription& command : DescribeCommands(program)) {
    const std::size_t space = command.name.find(' ');
    std::string condition = "__fish_seen_subcommand_from " + command.name.substr(0, space);
    if (command.is_action()) {
      condition += "; and __fish_seen_subcommand_from " + command.name.substr(space + 1);
    }
    text += FishOptions(command, condition);
  }
  return text;
}

}  // namespace modelkin
