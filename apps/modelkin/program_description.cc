#include "program_description.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace modelkin {
namespace {

// The parser writes a value's type as "TEXT:{html,md,json}" or "UINT:UINT in [1 - 1024]".
void DescribeValue(const std::string& type_name, OptionDescription& option) {
  const std::size_t colon = type_name.find(':');
  option.value = type_name.substr(0, colon);
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
                             .required = true};
    for (const CLI::App* const one : actions) action.choices.push_back(one->get_name());
    described.positionals.push_back(std::move(action));
  }
  return described;
}

ValueCompletion CompletionOf(const OptionDescription& option) {
  if (!option.choices.empty()) return ValueCompletion::kChoices;
  if (option.value == "UINT") return ValueCompletion::kNoFiles;
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
