#include "help_forms.h"

#include <algorithm>
#include <vector>

namespace modelkin {

std::string ShellQuoted(std::string_view text) {
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

void AddHelpForms(CLI::App& program) {
  std::vector<std::string> names;
  names.reserve(kHelpForms.size());
  for (const HelpForm& form : kHelpForms) names.emplace_back(form.name);
  // --help ends its options with an empty line where the last of them is hidden.
  program.set_help_flag();
  program
      .add_option_function<std::string>(
          "--help-as",
          [&program](const std::string& name) {
            std::string text = std::ranges::find(kHelpForms, name, &HelpForm::name)->write(program);
            text.pop_back();  // the parser ends what it prints with a line end of its own
            throw CLI::CallForVersion(text, 0);
          },
          "This help as a manual page, or as completions for a shell")
      ->check(CLI::IsMember(names))
      ->group("");  // hidden
  program.set_help_flag("-h,--help", "Print this help message and exit");
}

}  // namespace modelkin
