#include "usage_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/escaped_text.h"
#include "base/nearest_name.h"
#include "help_text.h"
#include "program_description.h"
#include "source/places.h"

namespace modelkin {
namespace {

// That word processors and pages put in place of two hyphens: U+2013, U+2014, U+2212.
constexpr std::array<std::string_view, 3> kLongDashes = {"\xe2\x80\x93", "\xe2\x80\x94",
                                                         "\xe2\x88\x92"};

// "trace", "atlas find"; of the program its own name.
std::string CommandName(const CLI::App& app) {
  const std::string name = FullName(app);
  const std::size_t space = name.find(' ');
  return space == std::string::npos ? name : name.substr(space + 1);
}

std::string HelpOf(const CLI::App& app) {
  return app.get_parent() == nullptr ? "modelkin --help"
                                     : fmt::format("modelkin help {}", CommandName(app));
}

std::vector<std::string> NamesOfOptions(const CLI::App& app) {
  std::vector<std::string> names;
  for (const OptionDescription& option : DescribeCommand(app).options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

// Whether it is no word but a model, of the kind that commands take.
bool IsLikeModel(const std::string& word) {
  return word.find('/') != std::string::npos || ThisMachine().IsFolder(word);
}

std::string UnknownCommand(const CLI::App& program, const std::vector<std::string>& words) {
  const std::string& word = words.front();
  const auto nearest = NearestName(word, NamesOfCommands(program));
  if (nearest) {
    return fmt::format("there is no command \"{}\": did you mean modelkin {}?", Printable(word),
                       *nearest);
  }
  if (IsLikeModel(word)) {
    return words.size() > 1 && IsLikeModel(words[1])
               ? fmt::format(
                     "a command is missing before the models: modelkin trace {} {} says "
                     "whether they are related",
                     Printable(word), Printable(words[1]))
               : fmt::format(
                     "a command is missing before the model: modelkin inspect {} says what "
                     "it is",
                     Printable(word));
  }
  return fmt::format("there is no command \"{}\": modelkin --help lists them", Printable(word));
}

// The command, or the action of it, that the words name; and how many words that takes.
const CLI::App* CommandOf(const CLI::App& program, const std::vector<std::string>& words,
                          std::size_t& used) {
  const CLI::App* app = &program;
  for (used = 0; used < words.size(); ++used) {
    const CLI::App* const next = FindCommand(*app, words[used]);
    if (next == nullptr) break;
    app = next;
  }
  return app;
}

// Another command that has an option of this name.
std::optional<std::string> CommandWith(const CLI::App& program, const std::string& option) {
  for (const CLI::App* const command : program.get_subcommands(nullptr)) {
    if (std::ranges::count(NamesOfOptions(*command), option) > 0) return command->get_name();
  }
  return std::nullopt;
}

std::string UnknownOption(const CLI::App& program, const CLI::App& app, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  const std::string refused = fmt::format("{} has no option {}", CommandName(app), Printable(name));
  const auto nearest = NearestName(name, NamesOfOptions(app));
  const auto other = CommandWith(program, name);
  if (other) return fmt::format("{}: modelkin {} has", refused, *other);
  if (nearest) return fmt::format("{}: did you mean {}?", refused, *nearest);
  return fmt::format("{} ({})", refused, HelpOf(app));
}

const OptionDescription* FindOption(const CommandDescription& command, std::string_view name) {
  for (const auto* const options : {&command.options, &command.positionals}) {
    for (const OptionDescription& option : *options) {
      if (std::ranges::count(option.names, name) > 0) return &option;
    }
  }
  return nullptr;
}

// What was typed for the option; "" where that can't be told.
std::string TypedFor(const OptionDescription& option, const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    for (const std::string& name : option.names) {
      if (arguments[i] == name && i + 1 < arguments.size()) return arguments[i + 1];
      if (arguments[i].starts_with(name + "=")) return arguments[i].substr(name.size() + 1);
    }
  }
  return "";
}

// Of a value that the option does not take; "" where it is not known which that was.
std::string WrongValue(const CLI::App& app, const std::vector<std::string>& arguments,
                       const std::string& said) {
  const CommandDescription command = DescribeCommand(app);
  const OptionDescription* const option = FindOption(command, said.substr(0, said.find(':')));
  if (option == nullptr) return "";
  const std::string typed = TypedFor(*option, arguments);
  if (typed.empty()) return "";
  const std::string refused = fmt::format("{} {}", option->names.back(), Printable(typed));
  if (!option->choices.empty()) {
    const auto nearest = NearestName(typed, option->choices);
    return fmt::format("{}: it takes {}{}", refused, fmt::join(option->choices, ", "),
                       nearest ? fmt::format("; did you mean {}?", *nearest) : "");
  }
  if (option->value == "N") {
    return fmt::format("{}: it takes a whole number{}", refused,
                       option->bounds.empty() ? ", 0 or more" : " from " + option->bounds);
  }
  return "";
}

std::string Missing(const CLI::App& app, const std::string& said) {
  const CommandDescription command = DescribeCommand(app);
  const OptionDescription* const option = FindOption(command, said.substr(0, said.find(' ')));
  if (option == nullptr) return "";
  const bool is_named = option->names.front().starts_with('-');
  const std::string what =
      is_named ? fmt::format("{} {}", option->names.back(), option->value) : option->description;
  return fmt::format("{} is missing: {}", what, UsageOf(app));
}

// Words that no option and no command took.
std::string LeftOver(const CLI::App& program, const CLI::App& app,
                     const std::vector<std::string>& words) {
  const auto option = std::ranges::find_if(
      words, [](const std::string& word) { return word.size() > 1 && word.front() == '-'; });
  if (option != words.end()) return UnknownOption(program, app, *option);
  if (words.empty()) return "";
  return fmt::format("\"{}\" is one too many: {}", Printable(words.front()), UsageOf(app));
}

}  // namespace

std::string LongDashMessage(const CLI::App& program, const std::vector<std::string>& arguments) {
  std::size_t used = 0;
  const CLI::App& app = *CommandOf(program, arguments, used);
  const std::vector<std::string> options = NamesOfOptions(app);
  for (const std::string& argument : arguments) {
    for (const std::string_view dash : kLongDashes) {
      if (!argument.starts_with(dash)) continue;
      const std::size_t letters = argument.find_first_not_of('-', dash.size());
      if (letters == std::string::npos) continue;
      const std::string meant = "--" + argument.substr(letters);
      if (std::ranges::count(options, meant.substr(0, meant.find('='))) == 0) continue;
      return fmt::format("{} begins with a long dash: type two hyphens, {}", Printable(argument),
                         Printable(meant));
    }
  }
  return "";
}

std::string UsageMessage(const CLI::App& program, const std::vector<std::string>& arguments,
                         const CLI::ParseError& error) {
  std::vector<std::string> words;
  std::ranges::copy_if(arguments, std::back_inserter(words),
                       [](const std::string& word) { return !word.starts_with('-'); });
  std::size_t used = 0;
  const CLI::App& app = *CommandOf(program, words, used);
  if (&app == &program) {
    if (words.empty()) {
      const std::vector<std::string> rest = program.remaining(true);
      if (!rest.empty()) return LeftOver(program, app, rest);
      return "a command is missing: modelkin --help lists them, and modelkin trace A B says "
             "whether "
             "two models are related";
    }
    return UnknownCommand(program, words);
  }
  const bool wants_action = app.get_require_subcommand_min() > 0;
  if (wants_action && used < words.size()) {
    const auto nearest = NearestName(words[used], NamesOfCommands(app));
    return fmt::format("{} has no action \"{}\": {}", CommandName(app), Printable(words[used]),
                       nearest ? fmt::format("did you mean {}?", *nearest)
                               : fmt::format("{} lists them", HelpOf(app)));
  }
  const std::string said = error.what();
  std::string line = LeftOver(program, app, program.remaining(true));
  if (line.empty()) line = WrongValue(app, arguments, said);
  if (line.empty() && error.get_name() == "RequiredError") line = Missing(app, said);
  return line.empty() ? fmt::format("{} ({})", Printable(said, 1024), HelpOf(app)) : line;
}

}  // namespace modelkin
