// The help of the program and its commands, as a terminal shows it: 80 columns, options in groups.
#ifndef MODELKIN_APPS_HELP_TEXT_H_
#define MODELKIN_APPS_HELP_TEXT_H_

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace modelkin {

// Returns "modelkin trace A B [LATER...] [OPTION...]", without line end.
std::string UsageOf(const CLI::App& app);

// Returns "modelkin trace", with the names of the commands above it.
std::string FullName(const CLI::App& app);

// Returns it with capital letters of ASCII: "LATER".
std::string InCapitals(std::string text);

// Returns `text` in lines of at most `width` bytes, broken at spaces, all but the first indented.
std::string Wrapped(std::string_view text, std::size_t width, std::size_t indent);

// Writes help. Commands take it over from the program that they are added to.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
};

}  // namespace modelkin

#endif  // MODELKIN_APPS_HELP_TEXT_H_
