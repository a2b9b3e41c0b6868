#include <memory>

#include "base/error.h"
#include "commands.h"
#include "output_option.h"
#include "report/inspect_report.h"
#include "requests/inspect.h"
#include "shared_options.h"
#include "terminal.h"

namespace modelkin {
namespace {

constexpr const char* kInspectExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin inspect demo/moe-c
  modelkin inspect demo/moe-c/config.json --json
  modelkin inspect --families)";

struct InspectFlags {
  std::string model;
  OutputFlags output;
  bool json = false;
  bool quiet = false;
  bool families = false;
  OpenOptions opening;
};

int RunInspect(const InspectFlags& flags, const Program& program) {
  if (flags.families) {
    WriteToStandardOutput([](const TextSink& sink) { sink(FamiliesMarkdown()); });
    return 0;
  }
  if (flags.model.empty()) {
    throw Error(ErrorKind::kUsage, "inspect needs a MODEL (see modelkin inspect --help)");
  }
  const auto target = PlanOutput(flags.output, WithBase({flags.model}, flags.opening));
  const Inspection inspection =
      InspectModel(flags.model, flags.opening, {.places = program.places});
  WriteToFile(target, [&](const TextSink& sink) { WriteInspectJson(inspection, sink); });
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteInspectJson(inspection, sink); });
  } else if (!flags.quiet) {
    WriteToTerminal(
        [&](const TextSink& sink) { WriteInspectText(inspection, ScreenOf(program), sink); });
  }
  return 0;
}

}  // namespace

Command AddInspectCommand(CLI::App& program) {
  auto flags = std::make_shared<InspectFlags>();
  CLI::App& command = *program.add_subcommand(
      "inspect", "Say what a checkpoint is: family, blocks, parameters, memory, contradictions");
  command.footer(kInspectExamples);
  command.add_option("model", flags->model, "A model, or its config.json alone")
      ->type_name("MODEL");
  AddOutputOption(command, flags->output);
  command.add_flag("--json", flags->json, "JSON to standard output");
  command.add_flag("-q,--quiet", flags->quiet, "Print nothing");
  AddOpeningOptions(command, flags->opening);
  AddComponentOption(command, flags->opening);
  command.add_flag("--families", flags->families,
                   "Print the families that are known, in Markdown, and do nothing else");
  return [flags](const Program& running) { return RunInspect(*flags, running); };
}

}  // namespace modelkin
