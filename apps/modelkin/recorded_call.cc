#include "recorded_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "compare_command.h"
#include "kernels/simd_target.h"

namespace modelkin {
namespace {

using nlohmann::json;

// More than calls have that were typed: what is recomputed has to end.
constexpr std::size_t kMostArguments = 1000;
constexpr std::uint64_t kMostDraws = 10'000'000;

[[noreturn]] void FailRecord(const std::string& file, std::string_view message) {
  throw Error(ErrorKind::kBadInput, message, {.file = file, .tensor = {}, .offset_bytes = {}});
}

const json* RunOf(const json& results) {
  const auto run = results.find("run");
  return run != results.end() && run->is_object() ? &*run : nullptr;
}

std::string MemberText(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The arguments after the command's name.
std::vector<std::string> ArgumentsOf(const std::string& file, const json& run,
                                     const std::string& command) {
  const auto list = run.find("arguments");
  if (list == run.end() || !list->is_array()) {
    FailRecord(file, "does not say how it was made: no results of compare, trace or diff");
  }
  if (list->size() > kMostArguments) {
    FailRecord(file, fmt::format("says that it was made by a call with {} arguments; at most {} "
                                 "make sense",
                                 list->size(), kMostArguments));
  }
  std::vector<std::string> arguments;
  for (const json& argument : *list) {
    if (!argument.is_string()) FailRecord(file, "has arguments that are no text");
    arguments.push_back(argument.get<std::string>());
  }
  if (!arguments.empty() && arguments.front() == command) arguments.erase(arguments.begin());
  return arguments;
}

// By the options that `add` gives a command. What they were given to is left behind with the flags.
template <class Flags>
Flags ParseRecorded(const std::string& file, std::vector<std::string> arguments,
                    void (*add)(CLI::App&, Flags&)) {
  CLI::App command;
  Flags flags;
  bool offline = false;
  add(command, flags);
  command.add_flag("--offline", offline);  // all commands have it
  command.set_help_flag();
  std::ranges::reverse(arguments);  // as CLI11 takes them
  try {
    command.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    FailRecord(file, fmt::format("was made by a call that makes no sense: {}",
                                 Printable(error.what(), 1024)));
  }
  return flags;
}

class Relocation {
 public:
  explicit Relocation(const std::map<std::string, std::string>& places) : places_(places) {}

  void Apply(std::string& path) const {
    const auto place = places_.find(path);
    if (place != places_.end()) path = place->second;
  }
  void Apply(std::vector<std::string>& paths) const {
    for (std::string& path : paths) Apply(path);
  }

 private:
  const std::map<std::string, std::string>& places_;
};

SharedOptions NumbersOf(const SharedOptions& typed) {
  SharedOptions options;
  options.opening = typed.opening;
  return options;
}

CompareRequest RecordedComparison(const std::string& file, std::vector<std::string> arguments,
                                  const Relocation& relocation) {
  CompareRequest request = ParseRecorded(file, std::move(arguments), AddCompareOptions).request;
  relocation.Apply(request.models);
  relocation.Apply(request.model1);
  relocation.Apply(request.model2);
  relocation.Apply(request.controls);
  request.shared = NumbersOf(request.shared);
  return request;
}

TraceFlags RecordedTrace(const std::string& file, std::vector<std::string> arguments,
                         const Relocation& relocation) {
  TraceFlags typed = ParseRecorded(file, std::move(arguments), AddTraceCommandOptions);
  if (typed.request.options.draws > kMostDraws) {
    FailRecord(file, fmt::format("was made with {} permutations, more than the {} that are drawn "
                                 "on a file's word: run the trace itself",
                                 typed.request.options.draws, kMostDraws));
  }
  TraceFlags flags;
  flags.request = {.model_a = std::move(typed.request.model_a),
                   .model_b = std::move(typed.request.model_b),
                   .controls = std::move(typed.request.controls),
                   .parents = std::move(typed.request.parents),
                   .options = typed.request.options,
                   .shared = NumbersOf(typed.request.shared),
                   .resume = {}};
  flags.later = std::move(typed.later);
  relocation.Apply(flags.request.model_a);
  relocation.Apply(flags.request.model_b);
  relocation.Apply(flags.request.controls);
  relocation.Apply(flags.request.parents);
  relocation.Apply(flags.later);
  return flags;
}

DiffFlags RecordedDiff(const std::string& file, std::vector<std::string> arguments,
                       const Relocation& relocation) {
  DiffFlags typed = ParseRecorded(file, std::move(arguments), AddDiffOptions);
  DiffFlags flags;
  flags.model_a = std::move(typed.model_a);
  flags.model_b = std::move(typed.model_b);
  flags.filter = std::move(typed.filter);
  flags.no_digest = typed.no_digest;
  flags.shared = NumbersOf(typed.shared);
  relocation.Apply(flags.model_a);
  relocation.Apply(flags.model_b);
  return flags;
}

}  // namespace

RecordedCall ReadRecordedCall(const std::string& file, const json& results,
                              const std::map<std::string, std::string>& places) {
  const json* const run = RunOf(results);
  const std::string command = run == nullptr ? "" : MemberText(*run, "command");
  if (command.empty()) {
    FailRecord(file, "does not say how it was made: no results of compare, trace or diff");
  }
  std::vector<std::string> arguments = ArgumentsOf(file, *run, command);
  const Relocation relocation(places);
  if (command == "compare") return RecordedComparison(file, std::move(arguments), relocation);
  if (command == "trace") return RecordedTrace(file, std::move(arguments), relocation);
  if (command == "diff") return RecordedDiff(file, std::move(arguments), relocation);
  FailRecord(file,
             fmt::format("was made by a command that is not recomputed: {}", Printable(command)));
}

std::string RecordedSimdTarget(const json& results) {
  const json* const run = RunOf(results);
  const std::string target = run == nullptr ? "" : MemberText(*run, "simd_target");
  const auto targets = SupportedSimdTargets();
  return std::ranges::find(targets, target) == targets.end() ? "" : target;
}

}  // namespace modelkin
