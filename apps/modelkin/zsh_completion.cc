#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "help_forms.h"
#include "program_description.h"

namespace modelkin {
namespace {

constexpr std::string_view kZshBegin = R"(#compdef modelkin
# Completion of modelkin for zsh.

_modelkin() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
)";

// Returns `text` for a place in a specification, whose own marks are colons and brackets.
std::string ZshPlain(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') plain += '\\';
    plain += c;
  }
  return plain;
}

// ":MODEL:_files": what a value is called, and what is offered for it.
std::string ZshValue(const OptionDescription& option) {
  std::string action;
  switch (CompletionOf(option)) {
    case ValueCompletion::kNoFiles: action = " "; break;
    case ValueCompletion::kFiles: action = "_files"; break;
    case ValueCompletion::kFolders: action = "_files -/"; break;
    case ValueCompletion::kChoices: action = fmt::format("({})", fmt::join(option.choices, " "));
  }
  return fmt::format(":{}:{}", ZshPlain(option.value), action);
}

// A line for each name of an option, which is not offered again, nor what it excludes.
std::string ZshOption(const OptionDescription& option) {
  std::vector<std::string> not_again = option.excludes;
  if (!option.repeatable) {
    not_again.insert(not_again.end(), option.names.begin(), option.names.end());
  }
  std::string lines;
  for (const std::string& name : option.names) {
    const std::string before =
        not_again.empty() ? "" : fmt::format("({})", fmt::join(not_again, " "));
    const std::string value_mark = option.value.empty() ? "" : (name.starts_with("--") ? "=" : "+");
    const std::string spec =
        fmt::format("{}{}{}{}[{}]{}", before, option.repeatable ? "*" : "", name, value_mark,
                    ZshPlain(option.description), option.value.empty() ? "" : ZshValue(option));
    lines += fmt::format(" \\\n        {}", ShellQuoted(spec));
  }
  return lines;
}

std::string ZshOptions(const CommandDescription& command) {
  std::string lines;
  for (const OptionDescription& option : command.options) lines += ZshOption(option);
  return lines;
}

// The command with what all of its actions take, each option once.
CommandDescription WithActionsOptions(CommandDescription command,
                                      const std::vector<CommandDescription>& commands) {
  for (const CommandDescription& action : commands) {
    if (!action.name.starts_with(command.name + " ")) continue;
    for (const OptionDescription& option : action.options) {
      const bool there = std::ranges::any_of(command.options, [&](const OptionDescription& other) {
        return other.names == option.names;
      });
      if (!there) command.options.push_back(option);
    }
  }
  if (std::ranges::any_of(commands, [&](const CommandDescription& action) {
        return action.name.starts_with(command.name + " ");
      })) {
    command.positionals.push_back({.names = {"file"}, .value = "FILE", .takes_many = true});
  }
  return command;
}

std::string ZshPositionals(const CommandDescription& command) {
  std::string lines;
  std::size_t place = 0;
  for (const OptionDescription& option : command.positionals) {
    const std::string which = option.takes_many ? "*" : std::to_string(++place);
    lines += fmt::format(" \\\n        {}", ShellQuoted(which + ZshValue(option)));
  }
  return lines;
}

}  // namespace

std::string ZshCompletion(const CLI::App& program) {
  const std::vector<CommandDescription> commands = DescribeCommands(program);
  std::string text(kZshBegin);
  text +=
      fmt::format("  _arguments -C{} \\\n        '1:command:->command' '*::argument:->argument'\n",
                  ZshOptions(DescribeCommand(program)));
  text += "  case $state in\n  command)\n    local -a commands=(";
  for (const CommandDescription& command : commands) {
    if (command.is_action()) continue;
    text +=
        fmt::format("\n      {}",
                    ShellQuoted(fmt::format("{}:{}", command.name, ZshPlain(command.description))));
  }
  text += "\n    )\n    _describe command commands\n    ;;\n  argument)\n    case $line[1] in\n";
  for (const CommandDescription& command : commands) {
    if (command.is_action()) continue;
    text += fmt::format("    {})\n      _arguments{}{}\n      ;;\n", ShellQuoted(command.name),
                        ZshOptions(WithActionsOptions(command, commands)),
                        ZshPositionals(WithActionsOptions(command, commands)));
  }
  return text + "    esac\n    ;;\n  esac\n}\n\n_modelkin \"$@\"\n";
}

}  // namespace modelkin
