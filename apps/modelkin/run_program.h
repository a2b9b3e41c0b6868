// The program, whatever started it.
#ifndef MODELKIN_APPS_RUN_PROGRAM_H_
#define MODELKIN_APPS_RUN_PROGRAM_H_

namespace modelkin {

// Parses arguments, the first of which is the program's name, runs the command and returns the exit
// code. Takes over the process's signals; call once, while no other thread computes.
int RunProgram(int argc, const char* const* argv);

}  // namespace modelkin

#endif  // MODELKIN_APPS_RUN_PROGRAM_H_
