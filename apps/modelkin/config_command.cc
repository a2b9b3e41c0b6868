#include <memory>

#include "commands.h"
#include "output_option.h"
#include "report/config_report.h"
#include "requests/inspect.h"
#include "shared_options.h"
#include "terminal.h"

namespace modelkin {
namespace {

constexpr const char* kConfigExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin config demo/dense-a demo/moe-c
  modelkin config demo/dense-a/config.json demo/dense-b/config.json demo/moe-c/config.json --markdown
  modelkin config demo/dense-a demo/dense-b --json)";

struct ConfigFlags {
  std::vector<std::string> models;
  OutputFlags output;
  bool json = false;
  bool markdown = false;
  bool quiet = false;
};

int RunConfig(const ConfigFlags& flags, const Program& program) {
  const auto target = PlanOutput(flags.output, flags.models);
  const ConfigComparison comparison = CompareModelConfigs(flags.models, {.places = program.places});
  const auto write_json = [&](const TextSink& sink) { WriteConfigJson(comparison, sink); };
  WriteToFile(target, write_json);
  if (flags.json) {
    WriteToStandardOutput(write_json);
  } else if (flags.markdown) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteConfigMarkdown(comparison, sink); });
  } else if (!flags.quiet) {
    WriteToTerminal(
        [&](const TextSink& sink) { WriteConfigText(comparison, ScreenOf(program), sink); });
  }
  return 0;
}

}  // namespace

Command AddConfigCommand(CLI::App& program) {
  auto flags = std::make_shared<ConfigFlags>();
  CLI::App& command = *program.add_subcommand(
      "config", "Set configurations side by side: what agrees, and how common that is");
  command.footer(kConfigExamples);
  command.add_option("models", flags->models, "Models, or config.json files")
      ->required()
      ->expected(2, 26)
      ->type_name("MODEL MODEL [MODEL...]");
  AddOutputOption(command, flags->output);
  CLI::Option* const json = command.add_flag("--json", flags->json, "JSON to standard output");
  command.add_flag("--markdown", flags->markdown, "Markdown to standard output")->excludes(json);
  command.add_flag("-q,--quiet", flags->quiet, "Print nothing");
  return [flags](const Program& running) { return RunConfig(*flags, running); };
}

}  // namespace modelkin
