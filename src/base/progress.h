// A progress line on the terminal: share done, bytes, rate and time left.
#ifndef MODELKIN_BASE_PROGRESS_H_
#define MODELKIN_BASE_PROGRESS_H_

#include <memory>

#include "modelkin/progress.h"

namespace modelkin {

// Returns a line on standard error, redrawn ten times a second, shown once a stage has run for half
// a second and erased at its end. It discards everything where standard error is no terminal.
std::unique_ptr<Progress> MakeTerminalProgress();

}  // namespace modelkin

#endif  // MODELKIN_BASE_PROGRESS_H_
