// The thread that reads ahead stops when it is told to, also in the middle of a read.
#include "inference/read_ahead.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/interrupt.h"

namespace modelkin {
namespace read_ahead_test {

using std::chrono::steady_clock;

// A hub that does not answer: a read asks whether it should stop, for as long as a minute.
class SilentSource : public ByteSource {
 public:
  const std::string& label() const override { return label_; }
  std::uint64_t size_bytes() const override { return 1; }
  std::span<const std::byte> Read(std::uint64_t, std::uint64_t,
                                  std::vector<std::byte>&) const override {
    reading_ = true;
    const auto end = steady_clock::now() + std::chrono::minutes(1);
    while (steady_clock::now() < end) {
      try {
        ThrowIfInterrupted();
      } catch (...) {
        reading_ = false;
        throw;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {};
  }
  // Returns whether a read began, or ended, within half a minute.
  bool Becomes(bool reading) const {
    const auto end = steady_clock::now() + std::chrono::seconds(30);
    while (reading_ != reading && steady_clock::now() < end) std::this_thread::yield();
    return reading_ == reading;
  }

 private:
  std::string label_ = "silent";
  mutable std::atomic<bool> reading_ = false;
};

TEST(ReadAhead, EndsAReadThatGoesOn) {
  const SilentSource source;
  const auto begin = steady_clock::now();
  {
    ReadAheadThread thread;
    thread.Ask({{&source, 0, 1}});
    ASSERT_TRUE(source.Becomes(true));
  }
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(30));
}

// Whoever waits for a lock that the read holds does not get to ask.
TEST(ReadAhead, HeedsTheStopsOfWhoeverMadeIt) {
  const SilentSource source;
  StopFlag stop = false;
  const HeedStop heed(stop);
  ReadAheadThread thread;
  thread.Ask({{&source, 0, 1}});
  ASSERT_TRUE(source.Becomes(true));
  stop = true;
  EXPECT_TRUE(source.Becomes(false));
}

}  // namespace read_ahead_test
}  // namespace modelkin
