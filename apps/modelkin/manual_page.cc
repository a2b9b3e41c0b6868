#include <fmt/format.h>

#include <algorithm>

#include "help_forms.h"
#include "program_description.h"
#include "program_texts.h"
#include "requests/tool_version.h"

namespace modelkin {
namespace {

// Returns `text` so that man(7) shows it as it is: each character for itself, no line a request.
std::string Roff(std::string_view text) {
  std::string escaped;
  bool at_line_start = true;
  for (const char c : text) {
    switch (c) {
      case '\\': escaped += "\\e"; break;
      case '-': escaped += "\\-"; break;
      case '\'': escaped += "\\(aq"; break;
      case '`': escaped += "\\(ga"; break;
      case '^': escaped += "\\(ha"; break;
      case '~': escaped += "\\(ti"; break;
      case '"': escaped += "\\(dq"; break;
      case '.': escaped += at_line_start ? "\\&." : "."; break;
      default: escaped += c;
    }
    at_line_start = c == '\n';
  }
  return escaped;
}

std::string Bold(std::string_view text) { return fmt::format("\\fB{}\\fR", Roff(text)); }
std::string Italic(std::string_view text) { return fmt::format("\\fI{}\\fR", Roff(text)); }

std::string NamesOf(const OptionDescription& option) {
  std::string names;
  for (const std::string& name : option.names) {
    names += (names.empty() ? "" : ", ") + (name.starts_with('-') ? Bold(name) : Italic(name));
  }
  if (option.value.empty()) return names;
  return fmt::format("{} {}", names, Italic(option.value + (option.takes_many ? "..." : "")));
}

std::string TermOf(const OptionDescription& option) {
  std::string text = Roff(option.description);
  if (!option.choices.empty()) {
    text += Roff(fmt::format(". One of {}", fmt::join(option.choices, ", ")));
  }
  if (!option.bounds.empty()) text += Roff(fmt::format(" ({})", option.bounds));
  if (!option.excludes.empty()) {
    text += Roff(fmt::format(". Not with {}", fmt::join(option.excludes, ", ")));
  }
  if (option.required) text += ". Required";
  return fmt::format(".TP\n{}\n{}.\n", NamesOf(option), text);
}

std::string SynopsisOf(const CommandDescription& command) {
  std::string line = fmt::format("{} [{}]", Bold("modelkin " + command.name), Italic("OPTION..."));
  for (const OptionDescription& option : command.positionals) {
    const std::string name = Italic(option.names.front() + (option.takes_many ? "..." : ""));
    line += option.required ? " " + name : fmt::format(" [{}]", name);
  }
  return line + "\n";
}

// A paragraph whose first line is "Examples:" or the like is a title, with lines that stay apart.
std::string FooterOf(std::string_view footer) {
  std::string text;
  while (!footer.empty()) {
    const std::size_t end = std::min(footer.find("\n\n"), footer.size());
    const std::string_view paragraph = footer.substr(0, end);
    footer.remove_prefix(std::min(footer.size(), end + 2));
    const std::size_t title = paragraph.find(":\n");
    if (title != std::string_view::npos && title + 1 == paragraph.find('\n')) {
      text += fmt::format(".PP\n{}:\n.PP\n.nf\n{}\n.fi\n", Roff(paragraph.substr(0, title)),
                          Roff(paragraph.substr(title + 2)));
    } else {
      text += fmt::format(".PP\n{}\n", Roff(paragraph));
    }
  }
  return text;
}

std::string CommandSection(const CommandDescription& command) {
  std::string text = fmt::format(".SS {}\n{}.PP\n{}.\n", Roff(command.name), SynopsisOf(command),
                                 Roff(command.description));
  for (const OptionDescription& option : command.positionals) text += TermOf(option);
  for (const OptionDescription& option : command.options) text += TermOf(option);
  return text + FooterOf(command.footer);
}

}  // namespace

std::string ManualPage(const CLI::App& program) {
  std::string text =
      fmt::format(".TH MODELKIN 1 \"\" \"modelkin {}\" \"User Commands\"\n", Roff(kToolVersion));
  text += fmt::format(".SH NAME\nmodelkin \\- {}\n", Roff(kPurpose));
  text += fmt::format(".SH SYNOPSIS\n{} {} [{}]\n", Bold("modelkin"), Italic("COMMAND"),
                      Italic("OPTION..."));
  text += fmt::format(".SH DESCRIPTION\n{}\n", Roff(kModelText));
  text += ".SH OPTIONS\n";
  for (const OptionDescription& option : DescribeCommand(program).options) text += TermOf(option);
  text += ".SH COMMANDS\n";
  for (const CommandDescription& command : DescribeCommands(program)) {
    text += CommandSection(command);
  }
  text += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : kExitCodes) {
    text += fmt::format(".TP\n{}\n{}.\n", Bold(std::to_string(code)), Roff(meaning));
  }
  return text;
}

}  // namespace modelkin
