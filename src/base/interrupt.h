// Ctrl-C: long work asks between steps and unwinds, so that files are closed and removed in order.
#ifndef MODELKIN_BASE_INTERRUPT_H_
#define MODELKIN_BASE_INTERRUPT_H_

namespace modelkin {

// From now on the first SIGINT, SIGTERM or SIGHUP only marks the process as interrupted; a second
// one ends it at once. Call once, from main.
void CatchInterrupts();

// Throws Interrupted if the process has been marked. Cheap enough for every chunk of work.
void ThrowIfInterrupted();

}  // namespace modelkin

#endif  // MODELKIN_BASE_INTERRUPT_H_
