// Reads byte ranges on a thread of its own, so that they are near when they are needed: pages of a
// mapped file in memory, blocks of a hub's file in the cache. Nothing is kept here.
#ifndef MODELKIN_INFERENCE_READ_AHEAD_H_
#define MODELKIN_INFERENCE_READ_AHEAD_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/interrupt.h"
#include "source/byte_source.h"

namespace modelkin {

struct ReadRange {
  const ByteSource* source;
  std::uint64_t offset, length;
};

class ReadAheadThread {
 public:
  // Its reads heed what the calling thread heeds. Those scopes must outlive this.
  ReadAheadThread();
  // Stops what it reads at the moment.
  ~ReadAheadThread();
  ReadAheadThread(const ReadAheadThread&) = delete;
  ReadAheadThread& operator=(const ReadAheadThread&) = delete;

  // Behind what was asked for before. Sources must outlive this. Errors are left to whoever reads
  // the bytes to use them.
  void Ask(std::vector<ReadRange> ranges);

 private:
  void Work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<ReadRange> ranges_;
  StopFlag stop_ = false;
  const SharedStops stops_;
  std::thread thread_;
};

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_READ_AHEAD_H_
