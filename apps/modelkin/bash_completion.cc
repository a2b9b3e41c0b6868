#include <fmt/format.h>

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
    if [[ $word != -* ]]; then
      command=$word
      break
    fi
  done
)";

// Where nothing is offered, readline goes on to files.
constexpr std::string_view kBashEnd = R"(  # shellcheck disable=SC2207
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _modelkin modelkin
)";

std::string BashQuoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string BashNames(const std::vector<OptionDescription>& options) {
  std::string names;
  for (const OptionDescription& option : options) {
    names += fmt::format("{}{}", names.empty() ? "" : " ", fmt::join(option.names, " "));
  }
  return BashQuoted(names);
}

// What follows an option that takes a value, as a branch of `case "$command $before"`.
std::string BashValueBranch(const std::string& command, const OptionDescription& option) {
  std::string action;
  switch (CompletionOf(option)) {
    case ValueCompletion::kFiles: action = "return"; break;
    case ValueCompletion::kNoFiles: action = "compopt +o default 2>/dev/null; return"; break;
    case ValueCompletion::kFolders:
      action = "compopt +o default -o dirnames 2>/dev/null; return";
      break;
    case ValueCompletion::kChoices:
      action = "words=" + BashQuoted(fmt::format("{}", fmt::join(option.choices, " ")));
  }
  std::string patterns;
  for (const std::string& name : option.names) {
    patterns += (patterns.empty() ? "" : " | ") + BashQuoted(command + " " + name);
  }
  return fmt::format("    {}) {} ;;\n", patterns, action);
}

}  // namespace

std::string BashCompletion(const CLI::App& program) {
  const std::vector<CommandDescription> commands = DescribeCommands(program);
  std::string text(kBashBegin), names, values, options;
  for (const CommandDescription& command : commands) {
    names += (names.empty() ? "" : " ") + command.name;
    for (const OptionDescription& option : command.options) {
      if (!option.value.empty()) values += BashValueBranch(command.name, option);
    }
    std::vector<std::string> choices;
    for (const OptionDescription& positional : command.positionals) {
      choices.insert(choices.end(), positional.choices.begin(), positional.choices.end());
    }
    options += fmt::format("      {}) words={} ;;\n", BashQuoted(command.name + " -"),
                           BashNames(command.options));
    if (!choices.empty()) {
      options += fmt::format("      {}) words={} ;;\n", BashQuoted(command.name + " "),
                             BashQuoted(fmt::format("{}", fmt::join(choices, " "))));
    }
  }
  text += fmt::format("  case \"$command $before\" in\n{}  esac\n", values);
  text += "  if [[ -z $words ]]; then\n    case \"$command $dash\" in\n";
  text += fmt::format("      ' -') words={} ;;\n", BashNames(DescribeCommand(program).options));
  text +=
      fmt::format("      ' ') words={}; compopt +o default 2>/dev/null ;;\n", BashQuoted(names));
  text += options + "    esac\n  fi\n";
  return text + std::string(kBashEnd);
}

}  // namespace modelkin
