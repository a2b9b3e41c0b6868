#include "call.h"

#include <nanobind/stl/string.h>
#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "base/parallel.h"
#include "library/hub_place.h"
#include "linalg/blas.h"
#include "memory_place.h"

namespace nb = nanobind;

namespace modelkin {
namespace {

constexpr std::chrono::milliseconds kPause{50};  // between looks at signals and progress
constexpr std::chrono::seconds kLongestEnd{10};  // that the interpreter waits for requests to end

// Requests that run now. A thread that wants the GIL when the interpreter has gone is ended within
// C++, which ends the process with it: the interpreter has to end requests first.
class RunningRequests {
 public:
  static RunningRequests& Get() {
    static auto* const running = new RunningRequests;  // outlives threads at exit
    return *running;
  }

  void Add(StopFlag* stop) {
    const std::lock_guard lock(mutex_);
    stops_.push_back(stop);
  }
  void Remove(StopFlag* stop) {
    const std::lock_guard lock(mutex_);
    std::erase(stops_, stop);  // which is not there after a fork
    changed_.notify_all();
  }
  // Stops all, and waits until they have ended. Those of other threads are refused from then on.
  void End() {
    std::unique_lock lock(mutex_);
    ender_ = std::this_thread::get_id();
    for (StopFlag* const stop : stops_) stop->store(true);
    changed_.wait_for(lock, kLongestEnd, [this] { return stops_.empty(); });
  }
  // Returns whether the interpreter ends, and this thread is not the one that ends it.
  bool AreRefused() {
    const std::lock_guard lock(mutex_);
    return ender_ != std::thread::id() && ender_ != std::this_thread::get_id();
  }

 private:
  RunningRequests() {
    // A process that is forked off has none of the threads.
    pthread_atfork([] { Get().mutex_.lock(); }, [] { Get().mutex_.unlock(); },
                   [] {
                     Get().stops_.clear();
                     Get().mutex_.unlock();
                   });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<StopFlag*> stops_;
  std::thread::id ender_;
};

// Names a request among those that run while this lives.
class NamedRunning {
 public:
  explicit NamedRunning(StopFlag* stop) : stop_(stop) { RunningRequests::Get().Add(stop); }
  ~NamedRunning() { RunningRequests::Get().Remove(stop_); }
  NamedRunning(const NamedRunning&) = delete;
  NamedRunning& operator=(const NamedRunning&) = delete;

 private:
  StopFlag* stop_;
};

// Throws SystemExit, by which a thread of Python ends without a word, if the interpreter ends.
void RequireInterpreter() {
  if (!RunningRequests::Get().AreRefused()) return;
  PyErr_SetNone(PyExc_SystemExit);
  throw nb::python_error();
}

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

  // Of work that is done; null for none.
  const std::exception_ptr& failure() const { return failure_; }

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
  RequireInterpreter();
  LoadBlasOnce();
  const auto progress = std::make_shared<KeptProgress>();
  const RequestContext context{
      .places = PlacesOfCall(settings.keeps_blocks),
      .threads = settings.threads == 0 ? AvailableThreads() : settings.threads,
      .progress = progress,
      .arguments = settings.arguments};
  const NamedRunning named(context.stop.get());  // left with the GIL held
  Stage told;
  std::exception_ptr refusal;  // of Python
  std::exception_ptr failure;  // of the request
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
    failure = work.failure();
  }
  RequireInterpreter();
  if (refusal) std::rethrow_exception(refusal);
  if (failure) std::rethrow_exception(failure);
  // Where work ended, which a call that is shorter than a pause has not told at all.
  if (const Stage last = progress->Now(); !settings.progress.is_none() && last != told) {
    Tell(settings.progress, last);
  }
}

void EndRequests() {
  const nb::gil_scoped_release released;
  RunningRequests::Get().End();
}

}  // namespace modelkin
