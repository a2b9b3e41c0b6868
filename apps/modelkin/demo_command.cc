#include <fmt/format.h>

#include <memory>

#include "commands.h"
#include "demo_models.h"
#include "demo_traps.h"
#include "hub_connection.h"
#include "output_option.h"
#include "report/page_template.h"
#include "report/trace_report.h"
#include "report_command.h"
#include "shared_options.h"
#include "temporary_folder.h"
#include "terminal.h"

namespace modelkin {
namespace {

struct DemoFlags {
  std::string keep;
  std::string report;
  bool force = false;
  SharedOptions shared;
};

// Traces two of the demo's models beside a third, and prints the answer.
void Show(const std::string& title, const ModelPaths& models, const DemoFlags& flags,
          const Program& program) {
  WriteToTerminal([&](const TextSink& sink) { sink(fmt::format("\n=== {} ===\n\n", title)); });
  const TraceResults results =
      TraceModels({.models = models, .resume = {}}, MakeContext(program, flags.shared));
  WriteToTerminal([&](const TextSink& sink) { WriteTraceText(results, ScreenOf(program), sink); });
}

// In a new folder of the user's alone, where nothing else is named.
std::string ReportFile(const DemoFlags& flags) {
  if (!flags.report.empty()) return flags.report;
  const std::string name = HasPage() ? "/report.html" : "/report.md";
  return (flags.keep.empty() ? MakeTemporaryFolder("modelkin-demo") : flags.keep) + name;
}

int RunDemo(const DemoFlags& flags, Program program) {
  std::unique_ptr<TemporaryFolder> temporary;
  std::string files = flags.keep;
  if (files.empty()) {
    temporary = std::make_unique<TemporaryFolder>();
    files = temporary->path();
  }
  WriteDemoModels(files, flags.force ? Replace::kAnything : Replace::kSameBytes);
  const DemoHub hub(files);
  const std::string& folder = hub.prefix();
  program.places = hub.places();
  const OutputFlags page{.path = ReportFile(flags), .force = flags.force};
  // The report itself reads them through the hub.
  static_cast<void>(PlanOutput(page, {files + "/dense-a", files + "/dense-a-tuned",
                                      files + "/dense-a-again", files + "/dense-b"}));
  const std::string a = folder + "/dense-a", stranger = folder + "/dense-b";
  Show("1. A fine-tuned copy", {.a = a, .b = folder + "/dense-a-tuned", .controls = {stranger}},
       flags, program);
  Show("2. Two models of one architecture that have nothing to do with each other",
       {.a = a, .b = stranger, .controls = {}}, flags, program);
  Show("3. Two trainings that began with the same random numbers",
       {.a = a, .b = folder + "/dense-a-again", .controls = {stranger}}, flags, program);
  RunReport({.trace = {.models = {.a = folder + "/dense-a",
                                  .b = folder + "/dense-a-tuned",
                                  .controls = {folder + "/dense-b"}},
                       .resume = {}},
             .texts = {},
             .shared = flags.shared,
             .output = page,
             .format = HasPage() ? "html" : "md",
             .announced = false},
            program);
  WriteToTerminal([&](const TextSink& sink) {
    sink(fmt::format(
        "\n{}\nThe fine-tuned copy and its parent, everything about them in one page: {}\n",
        DemoHub::HowRead(), page.path));
  });
  return 0;
}

int RunTraps(const DemoFlags& flags, const Program& program) {
  const unsigned threads = MakeContext(program, flags.shared).threads;
  WriteToTerminal([&](const TextSink& sink) { ShowTraps(threads, ScreenOf(program), sink); });
  return 0;
}

}  // namespace

Command AddDemoCommand(CLI::App& program) {
  auto flags = std::make_shared<DemoFlags>();
  CLI::App& command = *program.add_subcommand(
      "demo", "Make small checkpoints, serve them as a hub, trace three pairs and report on one");
  command.footer(
      "Examples:\n"
      "  modelkin demo\n"
      "  modelkin demo --keep demo\n"
      "  modelkin demo traps");
  command.add_option("--keep", flags->keep,
                     "Make them in this folder and leave them there; what is there stays");
  command.add_option("--report", flags->report,
                     "The report's file (default: report.html in the folder to keep, else in a "
                     "new one for temporary files)");
  AddForceFlag(command, flags->force);
  AddSharedOptions(command, flags->shared);
  const CLI::App* const traps = command.add_subcommand(
      "traps", "Three ways to accuse an unrelated model with numbers that are all correct");
  return [flags, traps](const Program& running) {
    return traps->parsed() ? RunTraps(*flags, running) : RunDemo(*flags, running);
  };
}

}  // namespace modelkin
