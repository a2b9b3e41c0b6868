// Which of several workers this process is.
#ifndef MODELKIN_APPS_WORKER_SHARE_H_
#define MODELKIN_APPS_WORKER_SHARE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace modelkin {

struct WorkerShare {
  std::uint64_t rank = 0, world = 1;
};

// Returns the value of a variable; nullopt where it is not set, or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;

// Returns the variables of this process.
std::optional<std::string> EnvironmentVariable(const char* name);

// Returns the rank and the number of workers that options give, else the variables of a Slurm job
// array (SLURM_ARRAY_TASK_ID, _COUNT, _MIN, _MAX, _STEP) or of an indexed job of Kubernetes
// (JOB_COMPLETION_INDEX, which goes with a given world); without any of them one worker that does
// all. With a given world the task's number is the rank. Throws Error(kUsage) where they don't tell
// which worker this is, or the rank is not below world: doing a wrong share would go unnoticed.
WorkerShare ShareOf(std::optional<std::uint64_t> rank, std::optional<std::uint64_t> world,
                    const Environment& environment);

}  // namespace modelkin

#endif  // MODELKIN_APPS_WORKER_SHARE_H_
