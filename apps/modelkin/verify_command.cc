#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "commands.h"
#include "kernels/simd_target.h"
#include "report/json_differences.h"
#include "shared_options.h"
#include "source/json_document.h"
#include "temporary_folder.h"

namespace modelkin {
namespace {

using nlohmann::json;

constexpr const char* kVerifyExamples = R"(Examples:
  modelkin demo --keep demo
  modelkin trace demo/dense-a demo/dense-a-tuned -o trace.json
  modelkin verify trace.json
  modelkin verify trace.json --input a=demo/dense-a)";

constexpr std::uint64_t kLargestResults = std::uint64_t{256} << 20;

struct VerifyFlags {
  std::string results;
  std::vector<std::string> inputs;  // "a=PATH"
  SharedOptions shared;
  bool json = false;
};

// Results come from anywhere: only options that change numbers are taken from them, none that
// writes a file.
struct KnownOption {
  std::string_view name;
  bool has_value;
  bool is_kept;
};
constexpr std::array<KnownOption, 32> kOptions = {{{"--control", true, true},
                                                   {"--parents", true, true},
                                                   {"--model1", true, true},
                                                   {"--model2", true, true},
                                                   {"--layers", true, true},
                                                   {"--include", true, true},
                                                   {"--exclude", true, true},
                                                   {"--key-map", true, true},
                                                   {"--permutations", true, true},
                                                   {"--seed", true, true},
                                                   {"--within", false, true},
                                                   {"--by-name", false, true},
                                                   {"--quick", false, true},
                                                   {"--no-quantiles", false, true},
                                                   {"--no-descriptions", false, true},
                                                   {"--digest", false, true},
                                                   {"--no-digest", false, true},
                                                   {"--output", true, false},
                                                   {"-o", true, false},
                                                   {"--resume", true, false},
                                                   {"--threads", true, false},
                                                   {"--simd", true, false},
                                                   {"--quiet", false, false},
                                                   {"-q", false, false},
                                                   {"--json", false, false},
                                                   {"--csv", false, false},
                                                   {"--by-layer", false, false},
                                                   {"--exit-code", false, false},
                                                   {"--offline", false, false},
                                                   {"--plan", false, false},
                                                   {"--format", true, false},
                                                   {"--fail-on", true, false}}};

[[noreturn]] void Fail(const std::string& file, std::string_view message) {
  throw Error(ErrorKind::kBadInput, message, {.file = file, .tensor = {}, .offset_bytes = {}});
}

// What the results say that they were made by: command and arguments after it.
struct Recorded {
  std::string command;
  std::vector<std::string> arguments;
  std::string simd_target;  // gives the same bits, where this machine has it
};

Recorded RecordedRun(const std::string& file, const json& results) {
  const json* const run =
      results.contains("run") && results["run"].is_object() ? &results["run"] : nullptr;
  if (run == nullptr || !run->contains("command") || !(*run)["command"].is_string() ||
      !run->contains("arguments") || !(*run)["arguments"].is_array()) {
    Fail(file, "does not say how it was made: no results of compare, trace or diff");
  }
  Recorded recorded{
      .command = (*run)["command"].get<std::string>(), .arguments = {}, .simd_target = {}};
  if (run->contains("simd_target") && (*run)["simd_target"].is_string()) {
    recorded.simd_target = (*run)["simd_target"].get<std::string>();
  }
  for (const json& argument : (*run)["arguments"]) {
    if (!argument.is_string()) Fail(file, "has arguments that are no text");
    recorded.arguments.push_back(argument.get<std::string>());
  }
  if (!recorded.arguments.empty() && recorded.arguments.front() == recorded.command) {
    recorded.arguments.erase(recorded.arguments.begin());
  }
  return recorded;
}

// The arguments that numbers depend on. Throws Error(kBadInput) for one that is not known.
std::vector<std::string> KeptArguments(const std::string& file,
                                       const std::vector<std::string>& arguments) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with('-')) {
      kept.push_back(argument);
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto* const option = std::ranges::find(kOptions, name, &KnownOption::name);
    if (option == kOptions.end()) {
      Fail(file, fmt::format("was made with an option that is not known: {}", Printable(argument)));
    }
    const bool next_is_value = option->has_value && equals == std::string::npos;
    if (next_is_value && i + 1 == arguments.size()) Fail(file, "ends in the middle of an option");
    if (option->is_kept) kept.push_back(argument);
    if (!next_is_value) continue;
    ++i;
    if (option->is_kept) kept.push_back(arguments[i]);
  }
  return kept;
}

// Where each input is to be looked for: its place then, or what --input says; a revision of a hub
// as the commit that it was.
std::map<std::string, std::string> PlacesOf(const json& results, const VerifyFlags& flags) {
  std::map<std::string, std::string> by_id, places;
  for (const std::string& input : flags.inputs) {
    const std::size_t equals = input.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::kUsage, fmt::format("--input {}: not ID=PATH", Printable(input)));
    }
    by_id[input.substr(0, equals)] = input.substr(equals + 1);
  }
  const auto text = [](const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
  };
  if (!results.contains("inputs") || !results["inputs"].is_array()) return places;
  for (const json& input : results["inputs"]) {
    if (!input.is_object()) continue;
    const std::string path = text(input, "path"), resolved = text(input, "resolved");
    if (!resolved.empty()) places[path] = resolved;
    const auto other = by_id.find(text(input, "id"));
    if (other == by_id.end()) continue;
    places[path] = other->second;
    by_id.erase(other);
  }
  if (!by_id.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("--input {}: the results have no such input",
                                               Printable(by_id.begin()->first)));
  }
  return places;
}

json Recompute(const std::string& file, const Recorded& recorded, const json& results,
               const VerifyFlags& flags) {
  CLI::App program;
  Command command;
  if (recorded.command == "compare") {
    command = AddCompareCommand(program);
  } else if (recorded.command == "trace") {
    command = AddTraceCommand(program);
  } else if (recorded.command == "diff") {
    command = AddDiffCommand(program);
  } else {
    Fail(file, fmt::format("was made by a command that is not recomputed: {}",
                           Printable(recorded.command)));
  }
  const std::string simd = flags.shared.simd.empty() ? recorded.simd_target : flags.shared.simd;
  const auto targets = SupportedSimdTargets();
  const TemporaryFolder folder;
  const std::string again = folder.path() + "/results.json";
  std::vector<std::string> arguments = {recorded.command};
  const auto places = PlacesOf(results, flags);
  for (const std::string& argument : KeptArguments(file, recorded.arguments)) {
    const auto place = places.find(argument);
    arguments.push_back(place == places.end() ? argument : place->second);
  }
  arguments.insert(arguments.end(), {"--quiet", "--output", again});
  if (flags.shared.threads > 0) {
    arguments.insert(arguments.end(), {"--threads", std::to_string(flags.shared.threads)});
  }
  if (!flags.shared.simd.empty() || std::ranges::find(targets, simd) != targets.end()) {
    arguments.insert(arguments.end(), {"--simd", simd});
  }
  std::ranges::reverse(arguments);  // as CLI11 takes them
  try {
    program.parse(arguments);
  } catch (const CLI::ParseError& error) {
    Fail(file,
         fmt::format("was made by a call that makes no sense: {}", Printable(error.what(), 1024)));
  }
  command();
  return ReadJsonObject(*OpenFile(again), kLargestResults);
}

int RunVerify(const VerifyFlags& flags) {
  BeginRun("verify", flags.shared);
  const json recorded = ReadJsonObject(*OpenFile(flags.results), kLargestResults);
  const json again =
      Recompute(flags.results, RecordedRun(flags.results, recorded), recorded, flags);
  const JsonDifferences differences = CompareResultsJson(recorded, again);
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteDifferencesJson(differences, sink); });
  } else if (!flags.shared.quiet) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteDifferencesText(differences, sink); });
  }
  return differences.agree() ? 0 : 1;
}

}  // namespace

Command AddVerifyCommand(CLI::App& program) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App& command = *program.add_subcommand(
      "verify", "Compute the numbers of results.json again, and say which agree");
  command.footer(
      std::string(
          "Exit code 1: something differs. Numbers within 1e-6 of their size, which another "
          "instruction set\nor linear algebra library may change, are counted apart.\n\n") +
      kVerifyExamples);
  command.add_option("results", flags->results, "JSON of compare, trace or diff")
      ->required()
      ->type_name("FILE");
  AddRepeatable(command, "--input", flags->inputs,
                "ID=PATH: where an input is now, as in a=models/a (repeatable)");
  command.add_flag("--json", flags->json, "JSON to standard output");
  AddSharedOptions(command, flags->shared);
  return [flags] { return RunVerify(*flags); };
}

}  // namespace modelkin
