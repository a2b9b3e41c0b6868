// Ctrl-C, or another wish to stop: long work asks between steps and unwinds, so that files are
// closed and removed in order.
#ifndef MODELKIN_BASE_INTERRUPT_H_
#define MODELKIN_BASE_INTERRUPT_H_

#include <atomic>

namespace modelkin {

// Set from any thread, or by a signal: the work that heeds it ends at its next step.
using StopFlag = std::atomic<bool>;
static_assert(StopFlag::is_always_lock_free);

// While it lives, what this thread does, and what ParallelFor does for it, heeds `flag`, and the
// flags of scopes around it.
class HeedStop {
 public:
  explicit HeedStop(const StopFlag& flag);
  ~HeedStop();
  HeedStop(const HeedStop&) = delete;
  HeedStop& operator=(const HeedStop&) = delete;

 private:
  friend class SharedStops;
  friend void ThrowIfInterrupted();
  const StopFlag& flag_;
  const HeedStop* const around_;
};

// What a thread heeds, for another that works for it.
class SharedStops {
 public:
  SharedStops();
  // While it lives, this thread heeds them. The scopes must outlive it.
  class Here {
   public:
    explicit Here(const SharedStops& stops);
    ~Here();
    Here(const Here&) = delete;
    Here& operator=(const Here&) = delete;

   private:
    const HeedStop* const before_;
  };

 private:
  const HeedStop* innermost_;
};

// From now on the first SIGINT, SIGTERM or SIGHUP only sets `flag`, which must live as long as the
// process; a second one ends it at once. Call once, from main.
void SetOnSignal(StopFlag& flag);

// Throws Interrupted if a flag that this thread heeds is set. Cheap enough for every chunk of work.
void ThrowIfInterrupted();

}  // namespace modelkin

#endif  // MODELKIN_BASE_INTERRUPT_H_
