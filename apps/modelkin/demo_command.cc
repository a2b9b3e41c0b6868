#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "commands.h"
#include "compare_command.h"
#include "demo_models.h"
#include "demo_traps.h"
#include "hub_connection.h"
#include "report/page_template.h"
#include "report_command.h"
#include "shared_options.h"
#include "temporary_folder.h"

namespace modelkin {
namespace {

struct DemoFlags {
  std::string keep;
  std::string report;
  SharedOptions shared;
};

void Show(const std::string& title, const CompareRequest& request) {
  WriteToStandardOutput(
      [&](const TextSink& sink) { sink(fmt::format("\n=== {} ===\n\n", title)); });
  RunCompare({.request = request, .output = {}});
}

std::string ReportFile(const DemoFlags& flags) {
  if (!flags.report.empty()) return flags.report;
  const std::string ending = HasPage() ? ".html" : ".md";
  if (!flags.keep.empty()) return flags.keep + "/report" + ending;
  return (std::filesystem::temp_directory_path() / ("modelkin-demo" + ending)).string();
}

int RunDemo(const DemoFlags& flags) {
  std::unique_ptr<TemporaryFolder> temporary;
  std::string files = flags.keep;
  if (files.empty()) {
    temporary = std::make_unique<TemporaryFolder>();
    files = temporary->path();
  }
  WriteDemoModels(files);
  const DemoHub hub(files);
  const std::string& folder = hub.prefix();
  Show("A fine-tuned copy, beside a stranger: every measure tells them apart but the norms' cosine",
       {.models = {folder + "/dense-a", folder + "/dense-a-tuned"},
        .controls = {folder + "/dense-b"},
        .shared = flags.shared});
  Show("Two strangers of different architecture: cosines near 1 again, all of it by chance",
       {.models = {folder + "/dense-a", folder + "/moe-c"}, .shared = flags.shared});
  const std::string page = ReportFile(flags);
  RunReport({.trace = {.model_a = folder + "/dense-a",
                       .model_b = folder + "/dense-a-tuned",
                       .controls = {folder + "/dense-b"},
                       .parents = {},
                       .options = {},
                       .shared = flags.shared,
                       .resume = {}},
             .output = page,
             .format = HasPage() ? "html" : "md"});
  WriteToStandardOutput([&](const TextSink& sink) {
    sink(fmt::format(
        "\n{}\nThe fine-tuned copy and its parent, everything about them in one page: {}\n",
        DemoHub::HowRead(), page));
  });
  return 0;
}

int RunTraps(const DemoFlags& flags) {
  const RunRecord run = BeginRun("demo", flags.shared);
  WriteToStandardOutput(
      [&](const TextSink& sink) { ShowTraps(run.threads, ColourWanted(), sink); });
  return 0;
}

}  // namespace

Command AddDemoCommand(CLI::App& program) {
  auto flags = std::make_shared<DemoFlags>();
  CLI::App& command = *program.add_subcommand(
      "demo",
      "Make small checkpoints of two architectures, serve them as a hub, compare and report");
  command.footer(
      "Examples:\n"
      "  modelkin demo\n"
      "  modelkin demo --keep demo\n"
      "  modelkin demo traps");
  command.add_option("--keep", flags->keep, "Make them in this folder and leave them there");
  command.add_option("--report", flags->report,
                     "The report's file (default: report.html in the folder to keep, else "
                     "modelkin-demo.html in the temporary folder)");
  AddSharedOptions(command, flags->shared);
  const CLI::App* const traps = command.add_subcommand(
      "traps", "Three ways to accuse a stranger with numbers that are all correct");
  return [flags, traps] { return traps->parsed() ? RunTraps(*flags) : RunDemo(*flags); };
}

}  // namespace modelkin
