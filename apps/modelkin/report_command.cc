#include "report_command.h"

#include <memory>

#include "commands.h"
#include "report/page_template.h"
#include "report/report_markdown.h"
#include "report/report_page.h"
#include "requests/report.h"
#include "show_plan.h"
#include "trace_options.h"

namespace modelkin {
namespace {

constexpr const char* kReportExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin report demo/dense-a demo/dense-a-tuned --control demo/dense-b -o report.html
  modelkin report demo/dense-a demo/dense-a-tuned --text Once --bytes -o report.html
  modelkin report demo/dense-a demo/moe-c --quick -o report.html
  modelkin report demo/dense-a demo/dense-b --format md -o report.md)";

}  // namespace

int RunReport(const ReportFlags& flags, const Program& program) {
  const ModelPaths& models = flags.trace.models;
  if (flags.format == "html") static_cast<void>(PageTemplate());  // not after long work
  if (flags.plan) {
    ShowWholePlan(Inputs::Open(models, flags.trace.opening, MakeContext(program, flags.shared)),
                  program);
    return 0;
  }
  const auto target =
      PlanOutput(flags.output, WithBase(models.All(), flags.trace.opening), {flags.texts.file});
  ReportRequest request{.trace = flags.trace, .texts = {}};
  if (AnyText(flags.texts)) request.texts = ReadTexts(flags.texts);
  const Report report = ReportOn(request, MakeContext(program, flags.shared));
  const auto write = [&](const TextSink& sink) {
    if (flags.format == "json") {
      WriteReportJson(report, sink);
    } else if (flags.format == "md") {
      WriteReportMarkdown(report, sink);
    } else {
      WriteReportPage(report, sink);
    }
  };
  if (target) {
    WriteToFile(target, write);
  } else {
    WriteToStandardOutput(write);
  }
  return 0;
}

Command AddReportCommand(CLI::App& program) {
  auto flags = std::make_shared<ReportFlags>();
  CLI::App& command = *program.add_subcommand(
      "report", "Everything about two models in one page that needs no network");
  command.footer(kReportExamples);
  command.add_option("a", flags->trace.models.a, "Model A")->required()->type_name("MODEL");
  command.add_option("b", flags->trace.models.b, "Model B")->required()->type_name("MODEL");
  AddOutputOption(command, flags->output, "Write to this file (default: standard output)");
  command
      .add_option("--format", flags->format,
                  "html (default), md, or json: all that the page is made of")
      ->check(CLI::IsMember({"html", "md", "json"}));
  AddTexts(command, flags->texts);
  AddWholePlanFlag(command, flags->plan);
  AddTraceOptions(command, flags->trace.models.controls, flags->trace.options);
  AddDescribeOption(command, flags->trace.options);
  AddMergeAndResumeOptions(command, flags->trace);
  AddOpeningOptions(command, flags->trace.opening);
  AddComponentOption(command, flags->trace.opening);
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunReport(*flags, running); };
}

}  // namespace modelkin
