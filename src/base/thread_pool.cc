#include "base/thread_pool.h"

#include <pthread.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

namespace modelkin {

// Lives as long as the process.
class BorrowedThreads::Thread {
 public:
  Thread() {
    std::thread([this] { Loop(); }).detach();
  }

  void Begin(const std::function<void(unsigned)>& work, unsigned worker) {
    work_ = &work;
    worker_ = worker;
    state_.store(kWorking, std::memory_order_release);
    state_.notify_one();
  }

  void Wait() const { state_.wait(kWorking, std::memory_order_acquire); }

 private:
  enum State : int { kIdle, kWorking };  // int: what the kernel can wait for itself

  [[noreturn]] void Loop() {
    while (true) {
      state_.wait(kIdle, std::memory_order_acquire);
      (*work_)(worker_);
      state_.store(kIdle, std::memory_order_release);
      state_.notify_one();
    }
  }

  std::atomic<int> state_{kIdle};
  const std::function<void(unsigned)>* work_ = nullptr;
  unsigned worker_ = 0;
};

class BorrowedThreads::Pool {
 public:
  // Never destroyed: its threads run until the process has ended.
  static Pool& Get() {
    static Pool* const pool = [] {
      // A process that is forked off has none of the threads.
      pthread_atfork([] { Get().mutex_.lock(); }, [] { Get().mutex_.unlock(); },
                     [] { Get().ForgetAll(); });
      return new Pool;
    }();
    return *pool;
  }

  Thread* Take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
      idle_.reserve(++started_);  // so that giving back cannot fail
      return std::make_unique<Thread>().release();
    }
    Thread* const thread = idle_.back();
    idle_.pop_back();
    return thread;
  }

  void GiveBack(Thread* thread) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(thread);
  }

 private:
  // In the child, which has the lock.
  void ForgetAll() {
    idle_.clear();
    started_ = 0;
    mutex_.unlock();
  }

  std::mutex mutex_;
  std::vector<Thread*> idle_;
  std::size_t started_ = 0;
};

BorrowedThreads::BorrowedThreads(unsigned count) {
  threads_.reserve(count);
  try {
    while (threads_.size() < count) threads_.push_back(Pool::Get().Take());
  } catch (...) {
    for (Thread* const thread : threads_) Pool::Get().GiveBack(thread);
    throw;
  }
}

BorrowedThreads::~BorrowedThreads() {
  for (Thread* const thread : threads_) {
    thread->Wait();
    Pool::Get().GiveBack(thread);
  }
}

void BorrowedThreads::Start(const std::function<void(unsigned)>& work) {
  for (unsigned i = 0; i < threads_.size(); ++i) threads_[i]->Begin(work, i + 1);
}

}  // namespace modelkin
