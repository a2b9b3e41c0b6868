#include "base/parallel.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace modelkin {
namespace parallel_test {

class ParallelForThreads : public ::testing::TestWithParam<unsigned> {};

TEST_P(ParallelForThreads, CallsTheJobOnceForEveryIndex) {
  constexpr std::size_t kCount = 1000;
  std::vector<std::atomic<int>> calls(kCount);
  std::atomic<unsigned> largest_worker{0};
  ParallelFor(GetParam(), kCount, [&](std::size_t index, unsigned worker) {
    ++calls.at(index);
    unsigned seen = largest_worker.load();
    while (seen < worker && !largest_worker.compare_exchange_weak(seen, worker)) {
    }
  });
  for (std::size_t i = 0; i < kCount; ++i) EXPECT_EQ(calls[i].load(), 1) << i;
  EXPECT_LT(largest_worker.load(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Counts, ParallelForThreads, ::testing::Values(1U, 2U, 7U),
                         ::testing::PrintToStringParamName());

TEST(ParallelFor, CallsNothingForZeroIndices) {
  for (const unsigned threads : {0U, 1U, 7U}) {
    ParallelFor(threads, 0, [](std::size_t, unsigned) { ADD_FAILURE() << "called"; });
  }
}

TEST(ParallelFor, UsesAllAvailableThreadsForZero) {
  std::atomic<std::size_t> calls{0};
  ParallelFor(0, 100, [&](std::size_t, unsigned worker) {
    ++calls;
    EXPECT_LT(worker, AvailableThreads());
  });
  EXPECT_EQ(calls.load(), 100U);
}

TEST(ParallelFor, RunsAsManyJobsAtOnceAsThereAreThreads) {
  constexpr unsigned kThreads = 5;
  std::latch all_started(kThreads);  // a job that waits here alone would never return
  std::vector<std::atomic<int>> jobs_of_worker(kThreads);
  ParallelFor(kThreads, kThreads, [&](std::size_t, unsigned worker) {
    ++jobs_of_worker.at(worker);
    all_started.arrive_and_wait();
  });
  for (const auto& jobs : jobs_of_worker) EXPECT_EQ(jobs.load(), 1);
}

TEST(ParallelFor, OneThreadHandsOutIndicesInOrderOnTheCallersThread) {
  std::vector<std::size_t> order;
  ParallelFor(1, 5, [&, caller = std::this_thread::get_id()](std::size_t index, unsigned) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    order.push_back(index);
  });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

TEST(ParallelFor, RethrowsTheExceptionOfTheSmallestIndexEvenIfItComesLast) {
  constexpr unsigned kThreads = 7;
  std::latch all_started(kThreads);  // so every index throws, whatever the scheduling
  const auto run = [&] {
    ParallelFor(kThreads, kThreads, [&](std::size_t index, unsigned) {
      all_started.arrive_and_wait();
      if (index == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      throw std::runtime_error(std::to_string(index));
    });
  };
  try {
    run();
    ADD_FAILURE() << "threw nothing";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "0");
  }
}

TEST(ParallelFor, HandsOutNothingMoreAfterAnException) {
  std::vector<std::size_t> order;
  const auto run = [&] {
    ParallelFor(1, 10, [&](std::size_t index, unsigned) {
      order.push_back(index);
      if (index == 3) throw std::runtime_error("three");
    });
  };
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3}));
}

TEST(ParallelFor, WithinAJobHasThreadsOfItsOwn) {
  constexpr unsigned kThreads = 3;
  std::latch all_started(kThreads * kThreads);  // never reached if one waited for another's threads
  std::atomic<int> jobs{0};
  ParallelFor(kThreads, kThreads, [&](std::size_t, unsigned) {
    ParallelFor(kThreads, kThreads, [&](std::size_t, unsigned) {
      all_started.arrive_and_wait();
      ++jobs;
    });
  });
  EXPECT_EQ(jobs.load(), kThreads * kThreads);
}

TEST(ParallelFor, OfSeveralCallersAtOnce) {
  std::atomic<int> jobs{0};
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&] {
        for (int call = 0; call < 200; ++call) {
          ParallelFor(3, 5, [&](std::size_t, unsigned) { ++jobs; });
        }
      });
    }
  }
  EXPECT_EQ(jobs.load(), 4 * 200 * 5);
}

TEST(ParallelFor, KeepsItsThreadsForTheNextCall) {
  const auto other = [] {
    std::latch both(2);
    std::thread::id id;
    ParallelFor(2, 2, [&](std::size_t, unsigned worker) {
      both.arrive_and_wait();
      if (worker == 1) id = std::this_thread::get_id();
    });
    return id;
  };
  const std::thread::id first = other();
  EXPECT_NE(first, std::this_thread::get_id());
  for (int call = 0; call < 10; ++call) EXPECT_EQ(other(), first);
}

TEST(AvailableThreads, IsAtLeastOne) { EXPECT_GE(AvailableThreads(), 1U); }

TEST(ParallelFor, WorksInAProcessThatWasForkedOff) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer starts no threads after a fork";
#endif
  std::atomic<int> done = 0;
  const auto count = [&](std::size_t, unsigned) { ++done; };
  ParallelFor(4, 8, count);  // starts threads, which the child will not have
  ASSERT_EQ(done, 8);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(60);  // ends the child where it waits for ever
    ParallelFor(4, 8, count);
    _exit(done == 16 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  ParallelFor(4, 8, count);
  EXPECT_EQ(done, 16);
}

}  // namespace parallel_test
}  // namespace modelkin
