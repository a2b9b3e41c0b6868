#include "report_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "commands.h"
#include "model_arguments.h"
#include "report/bill_writers.h"
#include "report/page_template.h"
#include "report/report_markdown.h"
#include "report/report_page.h"
#include "requests/bill.h"
#include "requests/report.h"
#include "requests/short_names.h"
#include "show_plan.h"
#include "terminal.h"
#include "trace_options.h"
#include "wording/answer.h"

namespace modelkin {
namespace {

constexpr const char* kReportExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin report demo/dense-a demo/dense-a-tuned --control demo/dense-b -o report.html
  modelkin report demo/dense-a demo/dense-a-tuned --text Once --bytes -o report.html
  modelkin report demo/dense-a demo/moe-c --quick -o report.html
  modelkin report demo/dense-a demo/dense-b --format md -o report.md
  modelkin report demo/dense-a demo/dense-a-tuned --format cyclonedx -o bill.cdx.json)";

bool IsBillFormat(const std::string& format) {
  return format == "cyclonedx" || format == "cyclonedx-1.7" || format == "spdx";
}

// The ending of the file that a terminal's report goes to.
std::string EndingOf(const std::string& format) {
  if (format == "spdx") return "spdx.json";
  return IsBillFormat(format) ? "cdx.json" : format;
}

// A terminal is no place for a page: it gets a name of its own in this folder.
OutputFlags OutputOf(const ReportFlags& flags) {
  OutputFlags output = flags.output;
  if (!output.path.empty() || isatty(STDOUT_FILENO) == 0) return output;
  const ModelPaths& models = flags.trace.models;
  const std::vector<std::string> names = ShortNames({models.a, models.b});
  output.path = fmt::format("modelkin-{}-{}.{}", PlainFileName(names[0]), PlainFileName(names[1]),
                            EndingOf(flags.format));
  return output;
}

int RunBill(const ReportFlags& flags, const OutputFlags& output, const Program& program) {
  if (AnyText(flags.texts)) {
    throw Error(ErrorKind::kUsage, "a bill of materials says nothing of texts");
  }
  const auto target = PlanOutput(output, WithBase(flags.trace.models.All(), flags.trace.opening));
  const BillOfMaterials bill =
      MakeBill({.trace = flags.trace, .a = {}, .b = {}, .digest_remote = false},
               MakeContext(program, flags.shared));
  const auto write = [&](const TextSink& sink) {
    if (flags.format == "spdx") {
      WriteSpdx(bill, sink);
    } else {
      WriteCycloneDx(
          bill, flags.format == "cyclonedx-1.7" ? CycloneDxVersion::k1_7 : CycloneDxVersion::k1_6,
          sink);
    }
  };
  if (!target) {
    WriteToStandardOutput(write);
    return 0;
  }
  WriteToFile(target, write);
  SayWritten(target, program, flags.shared.quiet || !flags.announced,
             AnswerOf(bill.attested.trace, Language::kEnglish).headline);
  return 0;
}

}  // namespace

int RunReport(const ReportFlags& flags, const Program& program) {
  const ModelPaths& models = flags.trace.models;
  if (flags.format == "html") static_cast<void>(PageTemplate());  // not after long work
  if (flags.plan) {
    ShowWholePlan(Inputs::Open(models, flags.trace.opening, MakeContext(program, flags.shared)),
                  program);
    return 0;
  }
  RequireReferenceModels(models.a, models.b, models.controls);
  const OutputFlags output = OutputOf(flags);
  if (IsBillFormat(flags.format)) return RunBill(flags, output, program);
  const auto target =
      PlanOutput(output, WithBase(models.All(), flags.trace.opening), {flags.texts.file});
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
    SayWritten(target, program, flags.shared.quiet || !flags.announced,
               AnswerOf(report.trace, Language::kEnglish).headline);
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
  AddOutputOption(command, flags->output,
                  "Write to this file (default: standard output; where that is a terminal, "
                  "modelkin-A-B.html here, by the models' names)");
  command
      .add_option("--format", flags->format,
                  "html (default), md, or json: all that the page is made of; bills of materials "
                  "for B, with A in its pedigree: cyclonedx (1.6), cyclonedx-1.7, spdx (3.0.1)")
      ->check(CLI::IsMember({"html", "md", "json", "cyclonedx", "cyclonedx-1.7", "spdx"}));
  AddTexts(command, flags->texts);
  AddWholePlanFlag(command, flags->plan);
  AddTraceOptions(command, flags->trace.models.controls, flags->trace.options);
  AddFingerprintsOption(command, flags->trace.options,
                        "Published fingerprints and spectra of large models too, which are drawn "
                        "from otherwise: minutes to hours");
  AddMergeAndResumeOptions(command, flags->trace);
  AddOpeningOptions(command, flags->trace.opening);
  AddComponentOption(command, flags->trace.opening);
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunReport(*flags, running); };
}

}  // namespace modelkin
