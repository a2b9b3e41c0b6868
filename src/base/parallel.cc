#include "base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "base/interrupt.h"
#include "base/thread_pool.h"

namespace modelkin {
namespace {

// Keeps the exception of the smallest index, so that which error a user sees does not depend on
// which thread lost the race.
class FirstFailure {
 public:
  bool any() const { return any_.load(std::memory_order_relaxed); }

  void Record(std::size_t index, std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_ || index < index_) {
      index_ = index;
      failure_ = std::move(failure);
    }
    any_.store(true, std::memory_order_relaxed);
  }

  void Rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> any_{false};
  std::size_t index_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

unsigned AvailableThreads() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (sched_getaffinity(0, sizeof cpus, &cpus) == 0) {
    return static_cast<unsigned>(std::max(1, CPU_COUNT(&cpus)));
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

void ParallelFor(unsigned threads, std::size_t count,
                 const std::function<void(std::size_t, unsigned)>& job) {
  if (threads == 0) threads = AvailableThreads();
  threads = static_cast<unsigned>(std::min<std::size_t>(threads, count));
  std::atomic<std::size_t> next{0};
  FirstFailure failure;
  const SharedStops stops;
  const std::function<void(unsigned)> work = [&](unsigned worker) {
    const SharedStops::Here heed(stops);
    while (!failure.any()) {
      const std::size_t index = next.fetch_add(1, std::memory_order_relaxed);
      if (index >= count) return;
      try {
        ThrowIfInterrupted();
        job(index, worker);
      } catch (...) {
        failure.Record(index, std::current_exception());
      }
    }
  };
  {
    BorrowedThreads others(std::max(1U, threads) - 1);
    others.Start(work);
    work(0);
  }
  failure.Rethrow();
}

}  // namespace modelkin
