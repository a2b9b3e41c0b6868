#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "commands.h"
#include "output_option.h"
#include "recorded_call.h"
#include "report/compare_json.h"
#include "report/json_differences.h"
#include "shared_options.h"
#include "source/json_document.h"

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
    if (!path.empty() && !resolved.empty()) places[path] = resolved;
    const auto other = by_id.find(text(input, "id"));
    if (other == by_id.end()) continue;
    if (!path.empty()) places[path] = other->second;
    by_id.erase(other);
  }
  if (!by_id.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("--input {}: the results have no such input",
                                               Printable(by_id.begin()->first)));
  }
  return places;
}

std::string JsonOf(const std::function<void(const TextSink&)>& write) {
  std::string text;
  write([&](std::string_view piece) { text += piece; });
  return text;
}

// The results of the call, written nowhere.
class Recomputation {
 public:
  explicit Recomputation(const SharedOptions& shared) : shared_(shared) {}

  std::string operator()(CompareRequest request) {
    Set(request.shared);
    const CompareRun run = CompareModels(request, progress_);
    return JsonOf([&](const TextSink& sink) { WriteCompareJson(run.results, sink); });
  }

  std::string operator()(TraceFlags flags) {
    Set(flags.request.shared);
    if (!flags.later.empty()) {
      const DynamicsResults series = FollowSeries(flags, progress_);
      return JsonOf([&](const TextSink& sink) { WriteDynamicsJson(series, sink); });
    }
    const TraceRun run = TraceModels(flags.request, progress_);
    return JsonOf([&](const TextSink& sink) { WriteTraceJson(run.results, sink); });
  }

  std::string operator()(DiffFlags flags) {
    Set(flags.shared);
    const DiffRun run = DiffModels(flags, progress_);
    return JsonOf([&](const TextSink& sink) { WriteDiffJson(run.results, sink); });
  }

 private:
  void Set(SharedOptions& options) const {
    options.threads = shared_.threads;
    options.simd = shared_.simd;
    options.quiet = true;
  }

  const SharedOptions& shared_;
  Progress progress_;
};

int RunVerify(const VerifyFlags& flags) {
  BeginRun("verify", flags.shared);
  static_cast<void>(PlanOutput(OutputFlags{}, {}, {flags.results}));  // >> would add to it
  const json recorded = ReadJsonObject(*OpenFile(flags.results), kLargestResults);
  RecordedCall call = ReadRecordedCall(flags.results, recorded, PlacesOf(recorded, flags));
  SharedOptions shared = flags.shared;
  if (shared.simd.empty()) shared.simd = RecordedSimdTarget(recorded);
  const json again = json::parse(std::visit(Recomputation(shared), std::move(call)));
  const JsonDifferences differences = CompareResultsJson(recorded, again);
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteDifferencesJson(differences, sink); });
  } else if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) { WriteDifferencesText(differences, sink); });
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
