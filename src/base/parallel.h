// Runs a fixed list of independent jobs on a fixed number of threads.
#ifndef MODELKIN_BASE_PARALLEL_H_
#define MODELKIN_BASE_PARALLEL_H_

#include <cstddef>
#include <functional>

namespace modelkin {

// Returns the number of cores that this process may run on (its affinity mask), at least 1.
unsigned AvailableThreads();

// Calls job(index, worker) once for every index in [0, count), indices handed out in increasing
// order, worker in [0, threads). Threads: 0 means AvailableThreads(). If a job throws, no further
// index is handed out and, of the exceptions thrown, the one of the smallest index is rethrown here
// after all threads have stopped. Throws Interrupted likewise when the user interrupts.
void ParallelFor(unsigned threads, std::size_t count,
                 const std::function<void(std::size_t index, unsigned worker)>& job);

}  // namespace modelkin

#endif  // MODELKIN_BASE_PARALLEL_H_
