// Threads that are kept for the next piece of work: starting one takes as long as a small product.
#ifndef MODELKIN_BASE_THREAD_POOL_H_
#define MODELKIN_BASE_THREAD_POOL_H_

#include <functional>
#include <vector>

namespace modelkin {

// Borrows `count` threads from the process's pool, which starts those that it lacks. Throws
// std::system_error where no more can be started. Several borrowers at once, one within another's
// work too, have different threads.
class BorrowedThreads {
 public:
  explicit BorrowedThreads(unsigned count);
  // Waits for all work.
  ~BorrowedThreads();
  BorrowedThreads(const BorrowedThreads&) = delete;
  BorrowedThreads& operator=(const BorrowedThreads&) = delete;

  // Calls work(1), work(2), ... work(count), each on its thread, and returns at once. Call it once;
  // `work` must not throw and has to outlive this.
  void Start(const std::function<void(unsigned)>& work);

 private:
  class Thread;
  class Pool;

  std::vector<Thread*> threads_;
};

}  // namespace modelkin

#endif  // MODELKIN_BASE_THREAD_POOL_H_
