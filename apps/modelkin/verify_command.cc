#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/escaped_text.h"
#include "commands.h"
#include "output_option.h"
#include "report/json_differences.h"
#include "report/verification.h"
#include "requests/recorded_request.h"
#include "shared_options.h"
#include "terminal.h"

namespace modelkin {
namespace {

constexpr const char* kVerifyExamples = R"(Examples:
  modelkin demo --keep demo
  modelkin trace demo/dense-a demo/dense-a-tuned -o trace.json
  modelkin verify trace.json
  modelkin verify trace.json --input a=demo/dense-a)";

struct VerifyFlags {
  std::string results;
  std::vector<std::string> inputs;  // "a=PATH"
  SharedOptions shared;
  bool json = false;
};

// By the ids of inputs, as typed.
std::map<std::string, std::string> PlacesOf(const VerifyFlags& flags) {
  std::map<std::string, std::string> places;
  for (const std::string& input : flags.inputs) {
    const std::size_t equals = input.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::kUsage, fmt::format("--input {}: not ID=PATH", Printable(input)));
    }
    places[input.substr(0, equals)] = input.substr(equals + 1);
  }
  return places;
}

int RunVerify(const VerifyFlags& flags, const Program& program) {
  static_cast<void>(PlanOutput(OutputFlags{}, {}, {flags.results}));  // >> would add to it
  const nlohmann::json recorded = ReadResults(flags.results);
  SharedOptions shared = flags.shared;
  if (shared.simd.empty()) shared.simd = RecordedSimdTarget(recorded);
  shared.quiet = true;
  const JsonDifferences differences =
      VerifyResults(flags.results, recorded, PlacesOf(flags), MakeContext(program, shared));
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
  command.add_option("results", flags->results, "JSON of compare, trace, diff or audit")
      ->required()
      ->type_name("FILE");
  AddRepeatable(command, "--input", flags->inputs,
                "ID=PATH: where an input is now, as in a=models/a (repeatable)");
  command.add_flag("--json", flags->json, "JSON to standard output");
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunVerify(*flags, running); };
}

}  // namespace modelkin
