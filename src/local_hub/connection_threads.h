// A thread for each connection, as many as there are.
#ifndef MODELKIN_LOCAL_HUB_CONNECTION_THREADS_H_
#define MODELKIN_LOCAL_HUB_CONNECTION_THREADS_H_

#include <httplib.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace modelkin {

// A connection keeps its thread while it waits for a request, for seconds. With few threads, a few
// hundred connections that ask nothing would keep all others waiting.
class ConnectionThreads : public httplib::TaskQueue {
 public:
  ConnectionThreads() = default;
  ~ConnectionThreads() override;

  void enqueue(std::function<void()> connection) override;
  // Waits for all connections.
  void shutdown() override;

 private:
  // One more, unless the system gives none: then those that there are take it in turn.
  void StartThread();
  void Work();

  std::mutex mutex_;  // of all after it
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace modelkin

#endif  // MODELKIN_LOCAL_HUB_CONNECTION_THREADS_H_
