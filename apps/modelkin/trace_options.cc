#include "trace_options.h"

#include <array>
#include <map>
#include <string_view>

#include "shared_options.h"

namespace modelkin {
namespace {

// Fewer tell nothing.
constexpr std::uint64_t kFewestRows = 64, kFewestUnits = 16;

}  // namespace

void AddEffortOptions(CLI::App& command, TraceOptions& options) {
  command
      .add_option("--effort", options.effort,
                  "auto: all of small models, of large ones draws until the answer is settled "
                  "(default); full: all of both; quick: one small draw, no copies and no kinds")
      ->transform(CLI::CheckedTransformer(ValuesByName<Effort>(kEffortNames), CLI::ignore_case)
                      .description(""))
      ->type_name("EFFORT");
  command.add_flag_callback(
      "--quick", [&options] { options.effort = Effort::kQuick; }, "The same as --effort quick");
  command
      .add_option("--rows", options.most_rows,
                  "Draw at most so many rows of weights, whatever the effort")
      ->check(CLI::Range(kFewestRows, std::uint64_t{1'000'000}));
  command
      .add_option("--units", options.most_units,
                  "Draw at most so many hidden units of an MLP, whatever the effort")
      ->check(CLI::Range(kFewestUnits, std::uint64_t{1'000'000}));
  command
      .add_option("--permutations", options.draws,
                  "Draws of permutation tests, at most; importance sampling goes on from there "
                  "(default: 100,000)")
      ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{1'000'000'000'000}));
  command.add_option("--seed", options.seed, "Of random permutations (default: 1)");
}

void AddTraceOptions(CLI::App& command, std::vector<std::string>& controls, TraceOptions& options) {
  AddControlOption(command, controls);
  AddEffortOptions(command, options);
  command
      .add_option("--heritage", options.heritage,
                  "Tensors of B that are traced to A's one by one: auto (some of each role where "
                  "models are drawn from, else all; default), all, drawn")
      ->transform(CLI::CheckedTransformer(ValuesByName<HeritageExtent>(kHeritageExtentNames),
                                          CLI::ignore_case)
                      .description(""))
      ->type_name("EXTENT");
}

void AddFingerprintsOption(CLI::App& command, TraceOptions& options,
                           const std::string& description) {
  command.add_flag_callback(
      "--fingerprints", [&options] { options.fingerprints = FingerprintExtent::kAll; },
      description);
}

void AddMergeAndResumeOptions(CLI::App& command, TraceRequest& request) {
  command
      .add_option("--parents", request.models.parents,
                  "Two to four models that B may be a merge of (A then counts as their base)")
      ->expected(2, 4)
      ->type_name("MODEL");
  AddResumeOption(command, request.resume);
}

void AddResumeOption(CLI::App& command, std::string& folder) {
  command.add_option(
      "--resume", folder,
      "Keep in this folder what has been computed, and go on from it if it is there; "
      "taken away at the end");
}

}  // namespace modelkin
