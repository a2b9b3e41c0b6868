#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/escaped_text.h"
#include "base/output_file.h"
#include "shared_options.h"

namespace modelkin {
namespace {

constexpr unsigned kUsualWidth = 80;
constexpr unsigned kLeastWidth = 40;  // what text and tables are laid out for
constexpr unsigned kMostWidth = 1000;

std::string_view Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool AutomaticColour() {
  const std::string_view terminal = Environment("TERM");
  return isatty(STDOUT_FILENO) != 0 && Environment("NO_COLOR").empty() && !terminal.empty() &&
         terminal != "dumb";
}

std::optional<unsigned> StatedWidth() {
  const std::string_view text = Environment("COLUMNS");
  unsigned width = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
  if (error != std::errc() || end != text.data() + text.size() || width == 0) return std::nullopt;
  return width;
}

unsigned Width() {
  struct winsize size = {};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const unsigned width = known ? size.ws_col : StatedWidth().value_or(kUsualWidth);
  return std::clamp(width, kLeastWidth, kMostWidth);
}

}  // namespace

void AddColourOption(CLI::App& command, ColourChoice& choice) {
  command.add_option("--color", choice, "Colours: auto (default), always or never")
      ->transform(CLI::CheckedTransformer(ValuesByName<ColourChoice>(kColourChoiceNames))
                      .description("{always,auto,never}"))
      ->type_name("WHEN");
}

Screen ScreenOf(const Program& program) {
  const bool coloured = program.colour == ColourChoice::kAuto
                            ? AutomaticColour()
                            : program.colour == ColourChoice::kAlways;
  return {.style = TextStyle(coloured), .width = Width()};
}

void WriteToTerminal(const std::function<void(const TextSink&)>& write) {
  WriteBuffered(write, [](std::string_view text) {
    WriteAll(STDOUT_FILENO, TerminalText(text), "standard output");
  });
}

}  // namespace modelkin
