#include "program_description.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace modelkin {
namespace {

// A value's type is "TEXT:{html,md,json}", "auto|full|quick" or "N:1 to 1024".
void DescribeValue(const std::string& type_name, OptionDescription& option) {
  const std::size_t colon = type_name.find(':');
  option.value = type_name.substr(0, colon);
  if (option.value.find('|') != std::string::npos) {
    option.choices = CLI::detail::split(option.value, '|');
  }
  if (colon == std::string::npos) return;
  const std::string constraint = type_name.substr(colon + 1);
  if (constraint.starts_with('{') && constraint.ends_with('}')) {
    option.choices = CLI::detail::split(constraint.substr(1, constraint.size() - 2), ',');
  } else {
    option.bounds = constraint;
  }
}

OptionDescription DescribeOption(const CLI::Option& option) {
  OptionDescription described{
      .description = option.get_description(),
      .group = option.get_group(),
      .required = option.get_required(),
      .takes_many = option.get_items_expected_max() > 1,
      .repeatable = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll};
  if (option.nonpositional()) {
    for (const std::string& name : option.get_snames()) described.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) described.names.push_back("--" + name);
  } else {
    described.names.push_back(option.get_name(true));
  }
  if (option.get_items_expected_max() > 0) DescribeValue(option.get_type_name(), described);
  for (const CLI::Option* const other : option.get_excludes()) {
    described.excludes.push_back(other->get_name());
  }
  std::ranges::sort(described.excludes);
  return described;
}

}  // namespace

CommandDescription DescribeCommand(const CLI::App& command) {
  CommandDescription described{.name = command.get_name(),
                               .description = command.get_description(),
                               .footer = command.get_footer()};
  for (const CLI::Option* const option : command.get_options()) {
    if (option->get_group().empty()) continue;
    auto& options = option->nonpositional() ? described.options : described.positionals;
    options.push_back(DescribeOption(*option));
  }
  const auto actions = command.get_subcommands(nullptr);
  if (command.get_parent() != nullptr && !actions.empty()) {
    OptionDescription action{.names = {"action"},
                             .value = "ACTION",
                             .description = "What to do: each has options of its own, below",
                             .required = command.get_require_subcommand_min() > 0,
                             .is_action = true};
    for (const CLI::App* const one : actions) action.choices.push_back(one->get_name());
    described.positionals.push_back(std::move(action));
  }
  return described;
}

const CLI::App* FindCommand(const CLI::App& app, const std::string& name) {
  const auto commands = app.get_subcommands(nullptr);
  const auto found = std::ranges::find(commands, name, &CLI::App::get_name);
  return found == commands.end() ? nullptr : *found;
}

std::vector<std::string> NamesOfCommands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* const command : app.get_subcommands(nullptr)) {
    names.push_back(command->get_name());
  }
  return names;
}

ValueCompletion CompletionOf(const OptionDescription& option) {
  if (!option.choices.empty()) return ValueCompletion::kChoices;
  constexpr std::array<std::string_view, 9> kNoFiles = {"N",    "NUMBER", "RATE", "LAYERS", "LAYER",
                                                        "HEAD", "IDS",    "TEXT", "TARGET"};
  if (std::ranges::find(kNoFiles, option.value) != kNoFiles.end()) return ValueCompletion::kNoFiles;
  return option.value == "FOLDER" ? ValueCompletion::kFolders : ValueCompletion::kFiles;
}

std::vector<CommandDescription> DescribeCommands(const CLI::App& program) {
  std::vector<CommandDescription> commands;
  for (const CLI::App* const command : program.get_subcommands(nullptr)) {
    commands.push_back(DescribeCommand(*command));
    for (const CLI::App* const action : command->get_subcommands(nullptr)) {
      commands.push_back(DescribeCommand(*action));
      commands.back().name = fmt::format("{} {}", command->get_name(), action->get_name());
    }
  }
  return commands;
}

}  // namespace modelkin
