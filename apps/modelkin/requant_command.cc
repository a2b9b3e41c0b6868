#include <memory>

#include "commands.h"
#include "output_option.h"
#include "report/requant_report.h"
#include "shared_options.h"
#include "show_plan.h"
#include "terminal.h"

namespace modelkin {
namespace {

constexpr const char* kRequantExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin requant demo/dense-a --from demo/dense-a
  modelkin requant demo/dense-a-tuned --from demo/dense-a
  modelkin requant demo/dense-a --from demo/dense-a --json -o requant.json)";

struct RequantFlags {
  RequantRequest request;
  FilterFlags filter;
  SharedOptions shared;
  OutputFlags output;
  bool json = false;
  bool details = false;
  bool no_digest = false;
};

int RunRequant(const RequantFlags& flags, const Program& program) {
  RequantRequest request = flags.request;
  request.options.pairing = flags.filter.Parse();
  if (flags.no_digest) request.options.digest = DigestPolicy::kNever;
  const auto target =
      PlanOutput(flags.output, WithBase({request.quantised, request.original}, request.opening),
                 {flags.filter.key_map});
  const RequantResults results = RequantModels(request, MakeContext(program, flags.shared));
  WriteToFile(target, [&](const TextSink& sink) { WriteRequantJson(results, sink); });
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteRequantJson(results, sink); });
  } else if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) {
      WriteRequantText(results, ScreenOf(program, flags.details), sink);
    });
  }
  SayWritten(target, program, flags.shared.quiet);
  return results.found.outcome == RequantOutcome::kDeviates ? 1 : 0;
}

void AddRequantOptions(CLI::App& command, RequantFlags& flags) {
  command.add_option("quantised", flags.request.quantised, "The model to check")
      ->required()
      ->type_name("MODEL");
  command.add_option("--from", flags.request.original, "What it is said to be quantised from")
      ->required();
  AddFilterFlags(command, flags.filter);
  command.add_flag("--by-name", flags.request.options.by_name,
                   "Pair tensors by name alone, never by what they do");
  AddOutputOption(command, flags.output);
  command.add_flag("--json", flags.json, "JSON to standard output");
  AddDetailsFlag(command, flags.details);
  command.add_flag("--no-digest", flags.no_digest, "No SHA-256 of whole files");
  AddOpeningOptions(command, flags.request.opening);
  AddComponentOption(command, flags.request.opening);
  AddSharedOptions(command, flags.shared);
  command.get_option("--quiet")->description("Print nothing, and exit with 1 if it deviates");
}

}  // namespace

Command AddRequantCommand(CLI::App& program) {
  auto flags = std::make_shared<RequantFlags>();
  CLI::App& command = *program.add_subcommand(
      "requant", "Check that a quantised model is what a quantiser makes of its original");
  command.footer(kRequantExamples);
  AddRequantOptions(command, *flags);
  return [flags](const Program& running) { return RunRequant(*flags, running); };
}

}  // namespace modelkin
