// A request made from Python: computed on a thread of its own, so that the interpreter goes on.
#ifndef MODELKIN_PYTHON_CALL_H_
#define MODELKIN_PYTHON_CALL_H_

#include <nanobind/nanobind.h>

#include <functional>
#include <string>
#include <vector>

#include "requests/request_context.h"

namespace modelkin {

// What a call is made with, whatever it asks for.
struct CallSettings {
  std::vector<std::string> arguments;  // of the program, which give the same
  unsigned threads = 0;                // 0: one a core
  // None, or called as progress(stage, done, total, unit), at most twenty times a second, by the
  // calling thread. `unit`: "B" of bytes, else what is counted, "" where the stage counts nothing.
  nanobind::object progress;
  bool keeps_blocks = true;  // of what is fetched from a hub, on the disk
};

// Runs `request` and waits for it without the GIL. Ctrl-C, or what `progress` throws, ends it at
// its next step, and is thrown. Throws what `request` throws. Requires the GIL.
void RunCall(const CallSettings& settings,
             const std::function<void(const RequestContext&)>& request);

// Ends requests of other threads, by SystemExit, and refuses further ones: the interpreter calls it
// before it goes. Waits for 10 s at most.
void EndRequests();

}  // namespace modelkin

#endif  // MODELKIN_PYTHON_CALL_H_
