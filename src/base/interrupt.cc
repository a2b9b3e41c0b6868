#include "base/interrupt.h"

#include <csignal>

#include "base/error.h"

namespace modelkin {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void OnSignal(int) { interrupted = 1; }

}  // namespace

void CatchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESETHAND;  // a second Ctrl-C has the default effect
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

void ThrowIfInterrupted() {
  if (interrupted != 0) throw Interrupted();
}

}  // namespace modelkin
