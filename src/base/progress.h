// A progress line on the terminal: share done, bytes, rate and time left.
#ifndef MODELKIN_BASE_PROGRESS_H_
#define MODELKIN_BASE_PROGRESS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace modelkin {

// Where long work says how far it is. Thread-safe; the default one discards everything.
class Progress {
 public:
  virtual ~Progress() = default;
  // Starts a stage of `total_bytes`, 0 where that says nothing; ends the stage before it.
  virtual void Begin(const std::string& stage, std::uint64_t total_bytes);
  // Adds `bytes` to what is done of the stage.
  virtual void Advance(std::uint64_t bytes);
};

// Returns a line on standard error, redrawn ten times a second, shown once a stage has run for half
// a second and erased at its end. It discards everything where standard error is no terminal.
std::unique_ptr<Progress> MakeTerminalProgress();

}  // namespace modelkin

#endif  // MODELKIN_BASE_PROGRESS_H_
