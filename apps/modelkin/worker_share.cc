#include "worker_share.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

constexpr const char* kSlurmTask = "SLURM_ARRAY_TASK_ID";
constexpr const char* kSlurmCount = "SLURM_ARRAY_TASK_COUNT";
constexpr const char* kSlurmFirst = "SLURM_ARRAY_TASK_MIN";
constexpr const char* kSlurmLast = "SLURM_ARRAY_TASK_MAX";
constexpr const char* kSlurmStep = "SLURM_ARRAY_TASK_STEP";
constexpr const char* kKubernetesIndex = "JOB_COMPLETION_INDEX";

// Returns the whole number that a variable has; nullopt where it is not set.
std::optional<std::uint64_t> NumberIn(const Environment& environment, const char* name) {
  const auto text = environment(name);
  if (!text) return std::nullopt;
  std::uint64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stopped != end) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} is no whole number: {}", name, Printable(*text)));
  }
  return value;
}

// Returns the share of a task of a Slurm array whose tasks are numbered first, first + step, ....
WorkerShare ShareOfSlurmTask(std::uint64_t task, const Environment& environment) {
  const auto count = NumberIn(environment, kSlurmCount);
  if (!count || *count == 0) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is set and {} is not: give --rank and --world",
                                               kSlurmTask, kSlurmCount));
  }
  const std::uint64_t first = NumberIn(environment, kSlurmFirst).value_or(0);
  const std::uint64_t step = NumberIn(environment, kSlurmStep).value_or(1);
  const std::uint64_t last =
      NumberIn(environment, kSlurmLast).value_or(first + step * (*count - 1));
  const bool even = step > 0 && task >= first && (task - first) % step == 0 && last >= first &&
                    (last - first) % step == 0 && (last - first) / step + 1 == *count;
  if (!even) {
    throw Error(ErrorKind::kUsage,
                "the Slurm array's tasks are not numbered evenly, so that none knows its share: "
                "give --world, the number of workers of the whole list");
  }
  return {.rank = (task - first) / step, .world = *count};
}

std::optional<std::uint64_t> TaskNumber(const Environment& environment) {
  const auto slurm = NumberIn(environment, kSlurmTask);
  const auto kubernetes = NumberIn(environment, kKubernetesIndex);
  if (slurm && kubernetes && *slurm != *kubernetes) {
    throw Error(ErrorKind::kUsage, fmt::format("{} and {} are both set and differ: give --rank",
                                               kSlurmTask, kKubernetesIndex));
  }
  return slurm ? slurm : kubernetes;
}

WorkerShare ShareOfEnvironment(const Environment& environment) {
  const auto task = TaskNumber(environment);
  if (!task) return {};
  if (environment(kSlurmTask)) return ShareOfSlurmTask(*task, environment);
  throw Error(ErrorKind::kUsage,
              fmt::format("{} says which worker this is: give --world, how many there are",
                          kKubernetesIndex));
}

}  // namespace

std::optional<std::string> EnvironmentVariable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

WorkerShare ShareOf(std::optional<std::uint64_t> rank, std::optional<std::uint64_t> world,
                    const Environment& environment) {
  if (!rank && !world) return ShareOfEnvironment(environment);
  if (!world) throw Error(ErrorKind::kUsage, "--rank goes with --world, the number of workers");
  if (!rank) rank = *world == 1 ? std::optional<std::uint64_t>(0) : TaskNumber(environment);
  if (!rank) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--world goes with --rank, or with {} or {} of a job's tasks",
                            kSlurmTask, kKubernetesIndex));
  }
  if (*rank >= *world) {
    throw Error(ErrorKind::kUsage,
                fmt::format("rank {} is not below the number of workers, {}: ranks begin at 0",
                            *rank, *world));
  }
  return {.rank = *rank, .world = *world};
}

}  // namespace modelkin
