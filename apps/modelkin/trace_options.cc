#include "trace_options.h"

#include "shared_options.h"

namespace modelkin {

void AddTraceOptions(CLI::App& command, std::vector<std::string>& controls, TraceOptions& options) {
  AddControlOption(command, controls);
  command.add_flag("--quick", options.quick,
                   "Norms, routers, keys and values and a sample of MLPs only");
  command
      .add_option("--permutations", options.draws,
                  "Draws of permutation tests, at most; importance sampling goes on from there "
                  "(default: 100,000)")
      ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{1'000'000'000'000}));
  command.add_option("--seed", options.seed, "Of random permutations (default: 1)");
}

void AddMergeAndResumeOptions(CLI::App& command, TraceRequest& request) {
  command
      .add_option("--parents", request.models.parents,
                  "Two to four models that B may be a merge of (A then counts as their base)")
      ->expected(2, 4)
      ->type_name("MODEL");
  command.add_option(
      "--resume", request.resume,
      "Keep in this folder what has been computed, and go on from it if it is there; "
      "taken away at the end");
}

}  // namespace modelkin
