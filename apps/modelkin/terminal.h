// What people read on: the terminal's width and colours, which are asked for here alone.
#ifndef MODELKIN_APPS_TERMINAL_H_
#define MODELKIN_APPS_TERMINAL_H_

#include <CLI/CLI.hpp>
#include <functional>

#include "program.h"
#include "report/screen.h"
#include "report/text_sink.h"

namespace modelkin {

// --color, of every command.
void AddColourOption(CLI::App& command, ColourChoice& choice);

// Returns standard output as it is read: as wide as its terminal, without one as $COLUMNS says,
// otherwise 80; at least 40. Coloured as --color says; where it says nothing, on a terminal that is
// not dumb, without NO_COLOR (no-color.org).
Screen ScreenOf(const Program& program);

// Runs `write` with a sink to standard output for text that people read, which no part of it may
// steer. Throws Error(kIo) if that fails.
void WriteToTerminal(const std::function<void(const TextSink&)>& write);

}  // namespace modelkin

#endif  // MODELKIN_APPS_TERMINAL_H_
