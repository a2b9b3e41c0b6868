// A progress line on the terminal: share done, bytes, rate and time left.
#ifndef MODELKIN_BASE_PROGRESS_H_
#define MODELKIN_BASE_PROGRESS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "modelkin/progress.h"

namespace modelkin {

// Returns a line on standard error, redrawn ten times a second, shown once a stage has run for half
// a second and erased at its end: which part of how many, what it is about, the stage and how far
// that is; and about how long all that is planned takes, else all parts where one has ended, else
// the stage. It is as wide as the terminal at most, and discards everything where standard error is
// no terminal.
std::unique_ptr<Progress> MakeTerminalProgress();

// Shows stages elsewhere, under names that begin with what they are stages of: "vision: ".
class PrefixedProgress : public Progress {
 public:
  PrefixedProgress(std::string prefix, Progress& shown)
      : prefix_(std::move(prefix)), shown_(shown) {}

  void Begin(const std::string& stage, std::uint64_t total_bytes) override {
    shown_.Begin(prefix_ + stage, total_bytes);
  }
  void BeginCount(const std::string& stage, std::uint64_t total,
                  const std::string& things) override {
    shown_.BeginCount(prefix_ + stage, total, things);
  }
  void Revise(const std::string& stage, double factor) override {
    shown_.Revise(prefix_ + stage, factor);
  }
  // Of a plan that is for all stages, of whatever beginning.
  void Plan(const std::vector<PlannedStage>& stages) override { shown_.Plan(stages); }
  void BeginPart(const std::string& name, std::uint64_t number, std::uint64_t parts) override {
    shown_.BeginPart(name, number, parts);
  }
  void Advance(std::uint64_t done) override { shown_.Advance(done); }

 private:
  std::string prefix_;
  Progress& shown_;
};

}  // namespace modelkin

#endif  // MODELKIN_BASE_PROGRESS_H_
