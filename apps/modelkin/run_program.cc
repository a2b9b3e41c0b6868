#include "run_program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/escaped_text.h"
#include "base/interrupt.h"
#include "commands.h"
#include "help_forms.h"
#include "help_text.h"
#include "hub_connection.h"
#include "option_table.h"
#include "program_texts.h"
#include "report/notices.h"
#include "shared_options.h"
#include "terminal.h"
#include "usage_error.h"
#include "version_text.h"

namespace modelkin {
namespace {

std::string Footer() {
  std::string codes;
  for (const auto& [code, meaning] : kExitCodes) {
    const bool last = code == kExitCodes.back().code;
    codes += fmt::format("{}{} {}", codes.empty() ? "" : (last ? ",\n" : ", "), code, meaning);
  }
  return fmt::format("{}\n\nExit codes: {}. `modelkin help COMMAND` has examples.", kModelText,
                     codes);
}

int Fail(int exit_code, std::string_view message) {
  std::string line = TerminalText(message);
  std::ranges::replace(line, '\n', ' ');
  fmt::print(stderr, "modelkin: {}\n", line);
  return exit_code;
}

// Where an exception meets a function that must not throw: nlohmann::json allocates in its
// destructor, so that a lack of memory ends here too.
[[noreturn]] void EndOnTerminate() {
  int exit_code = 128 + SIGABRT;
  try {
    if (const auto error = std::current_exception()) std::rethrow_exception(error);
  } catch (const std::bad_alloc&) {
    constexpr std::string_view kMessage = "modelkin: out of memory\n";
    exit_code = static_cast<int>(ErrorKind::kIo);
    if (write(STDERR_FILENO, kMessage.data(), kMessage.size()) < 0) std::_Exit(exit_code);
  } catch (...) {
    std::abort();
  }
  std::_Exit(exit_code);
}

int Run(std::vector<std::string> arguments, bool offline, ColourChoice colour,
        const Command& command) {
  try {
    auto places = PlacesFor(arguments, offline);
    return command(
        {.arguments = std::move(arguments), .places = std::move(places), .colour = colour});
  } catch (const Error& error) {
    return Fail(static_cast<int>(error.kind()), error.what());
  } catch (const Interrupted&) {
    return Fail(kInterruptedExit, "interrupted");
  } catch (const ReaderGone&) {
    return 128 + SIGPIPE;  // what a shell shows of programs that do not ignore the signal
  } catch (const std::bad_alloc&) {
    return Fail(static_cast<int>(ErrorKind::kIo), "out of memory");
  } catch (const std::filesystem::filesystem_error& error) {
    const std::string path = Printable(error.path1().string(), 4096);
    return Fail(static_cast<int>(ErrorKind::kIo),
                path.empty() ? error.code().message()
                             : fmt::format("{}: {}", path, error.code().message()));
  } catch (const std::exception& error) {
    return Fail(static_cast<int>(ErrorKind::kIo), Printable(error.what(), 1024));
  }
}

}  // namespace

int RunProgram(int argc, const char* const* argv) {
  std::set_terminate(EndOnTerminate);
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit then shows as a failed write
  std::signal(SIGPIPE, SIG_IGN);
  static StopFlag interrupted = false;
  SetOnSignal(interrupted);
  const HeedStop heed(interrupted);
  // Before OpenBLAS is loaded, which would start a thread a processor, to spin for work that the
  // program shares out itself. No other thread runs yet.
  setenv("OPENBLAS_NUM_THREADS", "1", 1);

  CLI::App program(fmt::format("modelkin: {}.", kPurpose));
  program.footer(Footer());
  program.formatter(std::make_shared<HelpFormatter>());
  AddHelpForms(program);
  program.set_version_flag("-V,--version", VersionText,
                           "Which build this is, and what it computes with here");
  program.add_flag_callback(
      "--licences,--licenses", [] { throw CLI::CallForVersion(std::string(Notices()), 0); },
      "The licence, and the notices of what is bundled");
  program.require_subcommand(1);
  std::vector<std::pair<CLI::App*, Command>> commands;
  bool offline = false;
  ColourChoice colour = ColourChoice::kAuto;
  for (const auto add : kCommands) {
    Command command = add(program);
    CLI::App* const app = program.get_subcommands(nullptr).back();
    app->add_flag("--offline", offline, "Ask no hub: take hf:// models from caches alone");
    AddColourOption(*app, colour);
    RequireWholeNumbers(*app);
    ArrangeOptions(*app);
    commands.emplace_back(app, std::move(command));
  }
  Command help = AddHelpCommand(program);
  commands.emplace_back(program.get_subcommands(nullptr).back(), std::move(help));
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (const std::string line = LongDashMessage(program, arguments); !line.empty()) {
    return Fail(static_cast<int>(ErrorKind::kUsage), line);
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    return program.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    return Fail(static_cast<int>(ErrorKind::kUsage), UsageMessage(program, arguments, error));
  }
  for (const auto& [app, command] : commands) {
    if (app->parsed()) return Run(arguments, offline, colour, command);
  }
  return 0;
}

}  // namespace modelkin
