#include "terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/escaped_text.h"
#include "base/output_file.h"
#include "report/wrapped_text.h"
#include "shared_options.h"

namespace modelkin {
namespace {

constexpr unsigned kUsualWidth = 80;
constexpr unsigned kLeastWidth = 40;  // what text and tables are laid out for
constexpr unsigned kMostWidth = 1000;

std::string_view VariableText(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool HasColour(ColourChoice choice, int descriptor) {
  if (choice != ColourChoice::kAuto) return choice == ColourChoice::kAlways;
  const std::string_view terminal = VariableText("TERM");
  return isatty(descriptor) != 0 && VariableText("NO_COLOR").empty() && !terminal.empty() &&
         terminal != "dumb";
}

std::optional<unsigned> StatedWidth() {
  const std::string_view text = VariableText("COLUMNS");
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

bool IsRegularFile(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

// file:// of a path on this machine, in which nothing but letters, digits and "-._~/" is itself.
std::string FileAddress(const std::string& path) {
  std::error_code ignored;
  std::string address = "file://";
  for (const char c : std::filesystem::absolute(path, ignored).string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    address += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return address;
}

}  // namespace

void AddColourOption(CLI::App& command, ColourChoice& choice) {
  command.add_option("--color", choice, "Colours: auto (default), always or never")
      ->transform(CLI::CheckedTransformer(ValuesByName<ColourChoice>(kColourChoiceNames))
                      .description("{always,auto,never}"))
      ->type_name("WHEN");
}

Screen ScreenOf(const Program& program, bool details) {
  return {.style = TextStyle(HasColour(program.colour, STDOUT_FILENO)),
          .width = Width(),
          .details = details};
}

void AddDetailsFlag(CLI::App& command, bool& details) {
  command.add_flag("--details", details, "Print all there is to say, not what matters first");
}

void WriteToTerminal(const std::function<void(const TextSink&)>& write) {
  const bool is_terminal = isatty(STDOUT_FILENO) != 0;
  std::string begun;  // of a line whose end is still to come
  WriteBuffered(write, [&](std::string_view text) {
    if (is_terminal) {
      begun += text;
      const std::size_t lines = begun.rfind('\n') + 1;
      WriteAll(STDOUT_FILENO, WithinWidth(TerminalText(begun.substr(0, lines)), Width()),
               "standard output");
      begun.erase(0, lines);
    } else {
      WriteAll(STDOUT_FILENO, TerminalText(text), "standard output");
    }
  });
  if (!begun.empty()) WriteAll(STDOUT_FILENO, TerminalText(begun), "standard output");
}

void SayWritten(const std::optional<OutputTarget>& target, const Program& program, bool quiet,
                std::string_view verdict) {
  if (!target || quiet || isatty(STDERR_FILENO) == 0 || !IsRegularFile(target->path())) return;
  std::string line = verdict.empty() ? "" : TerminalText(verdict) + " ";
  const std::string path = Printable(target->path(), 4096);
  constexpr std::string_view kEnd = "\x1b\\";
  line += HasColour(program.colour, STDERR_FILENO)
              ? fmt::format("Wrote \x1b]8;;{0}{1}{2}\x1b]8;;{1}\n", FileAddress(target->path()),
                            kEnd, path)
              : fmt::format("Wrote {}\n", path);
  WriteAll(STDERR_FILENO, line, "standard error");
}

}  // namespace modelkin
