#include "call.h"

#include <nanobind/stl/string.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>

#include "base/parallel.h"
#include "library/hub_place.h"
#include "linalg/blas.h"
#include "memory_place.h"

namespace nb = nanobind;

namespace modelkin {
namespace {

constexpr std::chrono::milliseconds kPause{50};  // between looks at signals and progress

struct Stage {
  std::string name;
  std::uint64_t done = 0, total = 0;
  std::string unit;

  bool operator==(const Stage&) const = default;
};

// Keeps how far work is for the thread that tells Python.
class KeptProgress final : public Progress {
 public:
  void Begin(const std::string& stage, std::uint64_t total_bytes) override {
    Set({.name = stage, .total = total_bytes, .unit = total_bytes > 0 ? "B" : ""});
  }
  void BeginCount(const std::string& stage, std::uint64_t total,
                  const std::string& things) override {
    Set({.name = stage, .total = total, .unit = things});
  }
  void Advance(std::uint64_t done) override {
    const std::lock_guard lock(mutex_);
    stage_.done += done;
  }

  Stage Now() const {
    const std::lock_guard lock(mutex_);
    return stage_;
  }

 private:
  void Set(Stage stage) {
    const std::lock_guard lock(mutex_);
    stage_ = std::move(stage);
  }

  mutable std::mutex mutex_;
  Stage stage_;
};

// Work on a thread of its own.
class Work {
 public:
  Work(const std::function<void(const RequestContext&)>& request, const RequestContext& context)
      : thread_([this, &request, &context] {
          const HeedStop heed(*context.stop);
          try {
            request(context);
          } catch (...) {
            failure_ = std::current_exception();
          }
          const std::lock_guard lock(mutex_);
          done_ = true;
          ended_.notify_all();
        }) {}
  ~Work() { thread_.join(); }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  // Waits a little. Returns whether the work is done.
  bool WaitALittle() {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, kPause, [this] { return done_; });
  }

  void RethrowFailure() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

void Tell(const nb::object& progress, const Stage& stage) {
  progress(stage.name, stage.done, stage.total, stage.unit);
}

// Loads OpenBLAS with a single thread of its own: work is shared out here. It reads the
// environment as it is loaded, which is then put back, for other copies of it in this process.
void LoadBlasOnce() {
  static const bool loaded = [] {
    const bool wanted = std::getenv("OPENBLAS_NUM_THREADS") == nullptr;
    if (wanted) setenv("OPENBLAS_NUM_THREADS", "1", 1);
    LoadedBlas();
    if (wanted) unsetenv("OPENBLAS_NUM_THREADS");
    return true;
  }();
  static_cast<void>(loaded);
}

// This machine, the hub as the environment says now, and live models.
std::shared_ptr<const Places> PlacesOfCall(bool keeps_blocks) {
  auto places = std::make_shared<Places>(*PlacesWithHub(keeps_blocks));
  places->Add(std::string(kMemoryScheme), LiveModels());
  return places;
}

}  // namespace

void RunCall(const CallSettings& settings,
             const std::function<void(const RequestContext&)>& request) {
  LoadBlasOnce();
  const auto progress = std::make_shared<KeptProgress>();
  const RequestContext context{
      .places = PlacesOfCall(settings.keeps_blocks),
      .threads = settings.threads == 0 ? AvailableThreads() : settings.threads,
      .progress = progress,
      .arguments = settings.arguments};
  Stage told;
  std::exception_ptr refusal;  // of Python
  {
    const nb::gil_scoped_release released;
    Work work(request, context);
    while (!work.WaitALittle()) {
      if (refusal) continue;
      const nb::gil_scoped_acquire acquired;
      try {
        if (PyErr_CheckSignals() != 0) throw nb::python_error();
        const Stage now = progress->Now();
        if (!settings.progress.is_none() && now != told) Tell(settings.progress, now);
        told = now;
      } catch (...) {
        refusal = std::current_exception();
        context.stop->store(true);
      }
    }
    if (!refusal) work.RethrowFailure();
  }
  if (refusal) std::rethrow_exception(refusal);
}

}  // namespace modelkin
