// The program's help in forms that are installed beside it: a manual page, completions for shells.
#ifndef MODELKIN_APPS_HELP_FORMS_H_
#define MODELKIN_APPS_HELP_FORMS_H_

#include <CLI/CLI.hpp>
#include <array>
#include <string>
#include <string_view>

namespace modelkin {

// Return whole files, made of what `program` and its commands take.
std::string ManualPage(const CLI::App& program);  // man(7)
std::string BashCompletion(const CLI::App& program);
std::string ZshCompletion(const CLI::App& program);
std::string FishCompletion(const CLI::App& program);

// Returns a word of bash or zsh that stands for `text`.
std::string ShellQuoted(std::string_view text);

struct HelpForm {
  std::string_view name;
  std::string (*write)(const CLI::App& program);
};

inline constexpr std::array kHelpForms{
    HelpForm{"man", ManualPage},
    HelpForm{"bash", BashCompletion},
    HelpForm{"zsh", ZshCompletion},
    HelpForm{"fish", FishCompletion},
};

// Adds --help-as, which --help does not show: prints a form and ends. Call before all other options
// are added; `program` outlives what is added.
void AddHelpForms(CLI::App& program);

}  // namespace modelkin

#endif  // MODELKIN_APPS_HELP_FORMS_H_
