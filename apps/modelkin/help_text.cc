#include "help_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "option_table.h"
#include "program_description.h"

namespace modelkin {
namespace {

constexpr std::size_t kHelpWidth = 80, kHelpColumn = 30;

// What stands for a positional argument: its own name, or for several what each of them is.
std::string ArgumentName(const OptionDescription& argument) {
  return argument.takes_many && !argument.value.empty() ? argument.value
                                                        : InCapitals(argument.names.front());
}

// A line, or two where the left side leaves no room.
std::string Entry(const std::string& left, const std::string& text) {
  std::string line = "  " + left;
  if (line.size() + 1 < kHelpColumn) {
    line.resize(kHelpColumn, ' ');
  } else {
    line += "\n" + std::string(kHelpColumn, ' ');
  }
  return line + Wrapped(text, kHelpWidth - kHelpColumn, kHelpColumn) + "\n";
}

std::string Names(const OptionDescription& option, std::string_view value) {
  return fmt::format("{} {}{}", fmt::join(option.names, ", "), value,
                     option.takes_many ? "..." : "");
}

// Whether what it may be stands behind its name, where a line has room for all of it.
bool ShowsChoices(const OptionDescription& option) {
  const std::string choices = fmt::format("{}", fmt::join(option.choices, "|"));
  return !choices.empty() && Names(option, choices).size() + 2 <= kHelpWidth;
}

std::string OptionText(const OptionDescription& option) {
  std::string text = option.description;
  if (!option.choices.empty() && !ShowsChoices(option)) {
    text += fmt::format(" ({} of {})", option.takes_many ? "any" : "one",
                        fmt::join(option.choices, ", "));
  }
  if (!option.bounds.empty()) text += fmt::format(" ({})", option.bounds);
  if (!option.excludes.empty()) {
    text += fmt::format(" (not with {})", fmt::join(option.excludes, ", "));
  }
  if (option.required) text += " (required)";
  return text;
}

std::string OptionNames(const OptionDescription& option) {
  if (option.value.empty()) return fmt::format("{}", fmt::join(option.names, ", "));
  if (ShowsChoices(option)) return Names(option, fmt::format("{}", fmt::join(option.choices, "|")));
  return Names(option, option.value);
}

std::string Options(const CommandDescription& command) {
  std::string text;
  for (const std::string& group : OptionGroups()) {
    std::string lines;
    for (const OptionDescription& option : command.options) {
      if (option.group == group) lines += Entry(OptionNames(option), OptionText(option));
    }
    if (!lines.empty()) text += fmt::format("\n{}:\n{}", group, lines);
  }
  return text;
}

std::string Arguments(const CommandDescription& command) {
  if (command.positionals.empty()) return "";
  std::string text = "\nArguments:\n";
  for (const OptionDescription& argument : command.positionals) {
    if (argument.is_action) return "";  // listed below, with what each does
    text += Entry(ArgumentName(argument), argument.description);
  }
  return text;
}

std::string Commands(const CLI::App& app) {
  const auto commands = app.get_subcommands(nullptr);
  if (commands.empty()) return "";
  std::string text = app.get_parent() == nullptr ? "\nCommands:\n" : "\nActions:\n";
  for (const CLI::App* const command : commands) {
    text += Entry(command->get_name(), command->get_description());
  }
  return text;
}

// Paragraphs that begin with a title, as "Examples:", keep their lines.
std::string Footer(std::string_view footer) {
  std::string text;
  while (!footer.empty()) {
    const std::size_t end = std::min(footer.find("\n\n"), footer.size());
    std::string paragraph(footer.substr(0, end));
    footer.remove_prefix(std::min(footer.size(), end + 2));
    const std::size_t line = paragraph.find('\n');
    if (line == std::string::npos || paragraph[line - 1] != ':') {
      std::ranges::replace(paragraph, '\n', ' ');
      paragraph = Wrapped(paragraph, kHelpWidth, 0);
    }
    text += fmt::format("\n{}\n", paragraph);
  }
  return text;
}

}  // namespace

std::string InCapitals(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return text;
}

std::string Wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string wrapped;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (used > 0 && used + 1 + end > width) {
      wrapped += "\n" + std::string(indent, ' ');
      used = 0;
    } else if (used > 0) {
      wrapped += ' ';
      ++used;
    }
    wrapped += text.substr(0, end);
    used += end;
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return wrapped;
}

std::string FullName(const CLI::App& app) {
  if (app.get_parent() == nullptr) return "modelkin";
  return fmt::format("{} {}", FullName(*app.get_parent()), app.get_name());
}

std::string UsageOf(const CLI::App& app) {
  const CommandDescription command = DescribeCommand(app);
  std::string usage = FullName(app);
  for (const OptionDescription& argument : command.positionals) {
    const std::string name = ArgumentName(argument) + (argument.takes_many ? "..." : "");
    usage += argument.required ? " " + name : fmt::format(" [{}]", name);
  }
  if (app.get_parent() == nullptr) usage += " COMMAND";
  return usage + " [OPTION...]";
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/,
                                     CLI::AppFormatMode /*mode*/) const {
  const CommandDescription command = DescribeCommand(*app);
  std::string text = Wrapped(app->get_description(), kHelpWidth, 0) + "\n";
  text += fmt::format("\nUsage: {}\n", Wrapped(UsageOf(*app), kHelpWidth - 7, 7));
  text += Arguments(command) + Commands(*app) + Options(command);
  return text + Footer(app->get_footer());
}

}  // namespace modelkin
