// What people read on: the terminal's width and colours, which are asked for here alone.
#ifndef MODELKIN_APPS_TERMINAL_H_
#define MODELKIN_APPS_TERMINAL_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string_view>

#include "base/output_target.h"
#include "program.h"
#include "report/screen.h"
#include "report/text_sink.h"

namespace modelkin {

// --color, of every command.
void AddColourOption(CLI::App& command, ColourChoice& choice);

// Returns standard output as it is read: as wide as its terminal, without one as $COLUMNS says,
// otherwise 80; at least 40. Coloured as --color says; where it says nothing, on a terminal that is
// not dumb, without NO_COLOR (no-color.org).
Screen ScreenOf(const Program& program, bool details = false);

// --details, of commands that say first what matters.
void AddDetailsFlag(CLI::App& command, bool& details);

// Runs `write` with a sink to standard output for text that people read, which no part of it may
// steer. Throws Error(kIo) if that fails.
void WriteToTerminal(const std::function<void(const TextSink&)>& write);

// Says on standard error, in one line, that the file was written, after `verdict` where there is
// one; a terminal that takes colours gets the path as a link (OSC 8). Says nothing with `quiet`,
// where standard error is no terminal, and of what is no regular file.
void SayWritten(const std::optional<OutputTarget>& target, const Program& program, bool quiet,
                std::string_view verdict = "");

}  // namespace modelkin

#endif  // MODELKIN_APPS_TERMINAL_H_
