#include <fmt/format.h>

#include <map>

#include "help_forms.h"
#include "program_description.h"

namespace modelkin {
namespace {

constexpr std::string_view kBashBegin = R"(# Completion of modelkin for bash.
_modelkin() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' dash='' word words=''
  COMPREPLY=()
  # Readline takes --format=html for three words.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $before == '=' ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if [[ $current == -* ]]; then dash=-; fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word == -* ]]; then continue; fi
    command+=${command:+ }$word
    # Some commands have actions, with options of their own.
    if [[ $command != @(ACTIONS) ]]; then break; fi
  done
)";

// Where nothing is offered, readline goes on to files.
constexpr std::string_view kBashEnd = R"(  # shellcheck disable=SC2207
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _modelkin modelkin
)";

std::string BashNames(const std::vector<OptionDescription>& options) {
  std::string names;
  for (const OptionDescription& option : options) {
    names += fmt::format("{}{}", names.empty() ? "" : " ", fmt::join(option.names, " "));
  }
  return ShellQuoted(names);
}

std::string ActionAfter(const OptionDescription& option) {
  switch (CompletionOf(option)) {
    case ValueCompletion::kFiles: return "return";
    case ValueCompletion::kNoFiles: return "compopt +o default 2>/dev/null; return";
    case ValueCompletion::kFolders: return "compopt +o default -o dirnames 2>/dev/null; return";
    case ValueCompletion::kChoices: break;
  }
  return "words=" + ShellQuoted(fmt::format("{}", fmt::join(option.choices, " ")));
}

// What follows options that take a value, as branches of `case "$command $before"`.
std::string ValueBranches(const CommandDescription& command) {
  std::map<std::string, std::vector<std::string>> patterns;  // by what is done
  for (const OptionDescription& option : command.options) {
    if (option.value.empty()) continue;
    for (const std::string& name : option.names) {
      patterns[ActionAfter(option)].push_back(ShellQuoted(command.name + " " + name));
    }
  }
  std::string branches;
  for (const auto& [action, names] : patterns) {
    branches += fmt::format("    {}) {} ;;\n", fmt::join(names, " | "), action);
  }
  return branches;
}

// What a command takes elsewhere, as branches of `case "$command $dash"`.
std::string WordBranches(const CommandDescription& command) {
  std::string branches = fmt::format("      {}) words={} ;;\n", ShellQuoted(command.name + " -"),
                                     BashNames(command.options));
  for (const OptionDescription& positional : command.positionals) {
    if (positional.choices.empty()) continue;
    branches += fmt::format("      {}) words={} ;;\n", ShellQuoted(command.name + " "),
                            ShellQuoted(fmt::format("{}", fmt::join(positional.choices, " "))));
  }
  return branches;
}

}  // namespace

std::string BashCompletion(const CLI::App& program) {
  std::string names, values, words;
  std::vector<std::string> with_actions;
  for (const CommandDescription& command : DescribeCommands(program)) {
    if (command.is_action()) {
      const std::string parent = command.name.substr(0, command.name.find(' '));
      if (with_actions.empty() || with_actions.back() != parent) with_actions.push_back(parent);
    } else {
      names += (names.empty() ? "" : " ") + command.name;
    }
    values += ValueBranches(command);
    words += WordBranches(command);
  }
  std::string text(kBashBegin);
  constexpr std::string_view kActions = "ACTIONS";
  text.replace(text.find(kActions), kActions.size(),
               fmt::format("{}", fmt::join(with_actions, "|")));
  text += fmt::format("  case \"$command $before\" in\n{}  esac\n", values);
  text += "  if [[ -z $words ]]; then\n    case \"$command $dash\" in\n";
  text += fmt::format("      ' -') words={} ;;\n", BashNames(DescribeCommand(program).options));
  text +=
      fmt::format("      ' ') words={}; compopt +o default 2>/dev/null ;;\n", ShellQuoted(names));
  text += words + "    esac\n  fi\n";
  return text + std::string(kBashEnd);
}

}  // namespace modelkin
