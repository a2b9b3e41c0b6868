#include "base/interrupt.h"

#include <csignal>

#include "base/error.h"

namespace modelkin {
namespace {

thread_local const HeedStop* innermost = nullptr;

StopFlag* set_on_signal = nullptr;

void OnSignal(int) { set_on_signal->store(true, std::memory_order_relaxed); }

}  // namespace

HeedStop::HeedStop(const StopFlag& flag) : flag_(flag), around_(innermost) { innermost = this; }

HeedStop::~HeedStop() { innermost = around_; }

SharedStops::SharedStops() : innermost_(innermost) {}

SharedStops::Here::Here(const SharedStops& stops) : before_(innermost) {
  innermost = stops.innermost_;
}

SharedStops::Here::~Here() { innermost = before_; }

void SetOnSignal(StopFlag& flag) {
  set_on_signal = &flag;
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESETHAND;  // a second Ctrl-C has the default effect
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

void ThrowIfInterrupted() {
  for (const HeedStop* scope = innermost; scope != nullptr; scope = scope->around_) {
    if (scope->flag_.load(std::memory_order_relaxed)) throw Interrupted();
  }
}

}  // namespace modelkin
