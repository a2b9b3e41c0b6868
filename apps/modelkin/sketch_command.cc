#include <memory>

#include "commands.h"
#include "output_option.h"
#include "report/sketch_text.h"
#include "requests/sketch.h"
#include "shared_options.h"
#include "sketch/sketch_json.h"
#include "terminal.h"

namespace modelkin {
namespace {

constexpr const char* kSketchExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin sketch demo/dense-a
  modelkin sketch demo/dense-a -o dense-a.json
  modelkin atlas import models.atlas dense-a.json)";

struct SketchFlags {
  SketchRequest request;
  OutputFlags output;
  bool json = false;
  SharedOptions shared;
};

int RunSketch(const SketchFlags& flags, const Program& program) {
  const auto target =
      PlanOutput(flags.output, WithBase({flags.request.model}, flags.request.opening));
  const MadeSketch made = SketchModel(flags.request, MakeContext(program, flags.shared));
  const auto write_json = [&](const TextSink& sink) { sink(SketchJson(made.sketch)); };
  WriteToFile(target, write_json);
  if (flags.json) {
    WriteToStandardOutput(write_json);
  } else if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) { WriteSketchText(made, ScreenOf(program), sink); });
  }
  return 0;
}

}  // namespace

Command AddSketchCommand(CLI::App& program) {
  auto flags = std::make_shared<SketchFlags>();
  CLI::App& command = *program.add_subcommand(
      "sketch", "Make the record of a model by which an atlas finds its relatives");
  command.footer(kSketchExamples);
  command.add_option("model", flags->request.model, "The model")->required()->type_name("MODEL");
  command.add_option("--name", flags->request.name,
                     "What to call it (default: the repository at a hub, or the path)");
  AddOutputOption(command, flags->output, "Write the record to this file, as a line of JSON");
  command.add_flag("--json", flags->json, "The record to standard output, as a line of JSON");
  AddOpeningOptions(command, flags->request.opening);
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunSketch(*flags, running); };
}

}  // namespace modelkin
