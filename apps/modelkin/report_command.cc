#include "report_command.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <functional>
#include <memory>

#include "architecture/config_comparison.h"
#include "architecture/inspection.h"
#include "base/error.h"
#include "commands.h"
#include "compare_run.h"
#include "report/compare_json.h"
#include "report/config_report.h"
#include "report/diff_report.h"
#include "report/inspect_report.h"
#include "report/page_data.h"
#include "report/page_template.h"
#include "report/report_markdown.h"
#include "report/report_page.h"
#include "report/tokenizer_report.h"
#include "scan/byte_diff.h"
#include "show_plan.h"

namespace modelkin {
namespace {

constexpr const char* kReportExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin report demo/dense-a demo/dense-a-tuned --control demo/dense-b -o report.html
  modelkin report demo/dense-a demo/dense-a-tuned --text Once --bytes -o report.html
  modelkin report demo/dense-a demo/moe-c --quick -o report.html
  modelkin report demo/dense-a demo/dense-b --format md -o report.md)";

std::string Written(const std::function<void(const TextSink&)>& write) {
  std::string text;
  write([&](std::string_view piece) { text += piece; });
  return text;
}

// What is left of a path or address: the model's own name.
std::string NameOf(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  if (name.empty()) name = std::filesystem::path(path).parent_path().filename().string();
  return name.empty() ? path : name;
}

Inspection InspectionOf(const std::string& path, const Checkpoint& checkpoint) {
  std::unique_ptr<const ModelConfig> config;
  try {
    config = FindModelConfig(path);
  } catch (const Error& error) {
    if (error.is_failure_of_system()) throw;
    config.reset();  // what is wrong with it, the trace's inputs say
  }
  return Inspect(path, &checkpoint, config.get());
}

std::string InspectPart(const Inspection& inspection) {
  return Written([&](const TextSink& sink) { WriteInspectJson(inspection, sink); });
}

struct ConfigTexts {
  std::string json, markdown;
};

ConfigTexts ConfigPart(const TraceRequest& request) {
  try {
    const auto a = FindModelConfig(request.model_a), b = FindModelConfig(request.model_b);
    if (a == nullptr || b == nullptr) return {};
    const std::array<std::string, 2> names = {request.model_a, request.model_b};
    const std::array<const ModelConfig*, 2> configs = {a.get(), b.get()};
    const ConfigComparison comparison = CompareConfigs(names, configs);
    return {
        .json = Written([&](const TextSink& sink) { WriteConfigJson(comparison, sink); }),
        .markdown = Written([&](const TextSink& sink) { WriteConfigMarkdown(comparison, sink); })};
  } catch (const Error& error) {
    if (error.is_failure_of_system()) throw;
    return {};
  }
}

std::string TokenizerPart(const TraceRequest& request) {
  auto a = FindTokenizer(request.model_a), b = FindTokenizer(request.model_b);
  if (!a || !b) return "";
  TokenizerResults results{.a = std::move(*a), .b = std::move(*b), .comparison = {}};
  results.comparison = CompareTokenizers(results.a, results.b);
  return Written([&](const TextSink& sink) { WriteTokenizerJson(results, sink); });
}

std::string DiffPart(const CompareRun& run, const RunRecord& record, Progress& progress) {
  DiffResults results{.inputs = {run.results.inputs[0], run.results.inputs[1]},
                      .a = &run.models[0].checkpoint,
                      .b = &run.models[1].checkpoint,
                      .diff = {},
                      .run = record};
  results.diff = DiffBytes(*results.a, *results.b, PairByName(*results.a, *results.b, {}),
                           record.threads, progress);
  return Written([&](const TextSink& sink) { WriteDiffJson(results, sink); });
}

CompareRequest ComparisonFor(const TraceRequest& request, const TextInput& texts) {
  return {.models = {request.model_a, request.model_b},
          .model1 = {},
          .model2 = {},
          .controls = request.controls,
          .filter = {},
          .shared = request.shared,
          .functional = AnyText(texts),
          .texts = texts};
}

struct Report {
  ReportParts parts;
  MarkdownParts texts;
};

// A quick one leaves out what reads all bytes.
Report ReportOn(const TraceRequest& request, const TextInput& texts, Progress& progress) {
  Report report;
  ReportParts& parts = report.parts;
  const TraceRun trace = TraceModels(request, progress);
  parts.trace = Written([&](const TextSink& sink) { WriteTraceJson(trace.results, sink); });
  const Inspection a = InspectionOf(request.model_a, trace.models[0].checkpoint),
                   b = InspectionOf(request.model_b, trace.models[1].checkpoint);
  parts.inspect_a = InspectPart(a);
  parts.inspect_b = InspectPart(b);
  ConfigTexts config = ConfigPart(request);
  parts.config = std::move(config.json);
  report.texts = {.configuration = std::move(config.markdown),
                  .diagram_a = BlockDiagram(a),
                  .diagram_b = BlockDiagram(b)};
  parts.tokenizer = TokenizerPart(request);
  if (request.options.quick) return report;
  const CompareRun compare = CompareModels(ComparisonFor(request, texts), progress);
  parts.compare = Written([&](const TextSink& sink) { WriteCompareJson(compare.results, sink); });
  parts.diff = DiffPart(compare, trace.results.run, progress);
  return report;
}

}  // namespace

int RunReport(const ReportFlags& flags) {
  const TraceRequest& request = flags.trace;
  if (flags.format == "html") static_cast<void>(PageTemplate());  // not after long work
  if (AnyText(flags.texts) && request.options.quick) {
    throw Error(ErrorKind::kUsage, "--quick runs no model on texts");
  }
  std::vector<std::string> paths = {request.model_a, request.model_b};
  for (const auto* const more : {&request.controls, &request.parents}) {
    paths.insert(paths.end(), more->begin(), more->end());
  }
  if (flags.plan) {
    ShowWholePlan(paths, request.shared.opening);
    return 0;
  }
  const auto target = PlanOutput(flags.output, paths, {flags.texts.file});
  const Report report = ReportOn(request, flags.texts, *MakeProgress(request.shared));
  ReportNames names{.a = NameOf(request.model_a), .b = NameOf(request.model_b), .controls = {}};
  for (const std::string& control : request.controls) names.controls.push_back(NameOf(control));
  const std::string json = ReportJson(names, report.parts);
  const auto write = [&](const TextSink& sink) {
    if (flags.format == "json") {
      sink(json);
    } else if (flags.format == "md") {
      WriteReportMarkdown(nlohmann::json::parse(json), report.texts, sink);
    } else {
      WriteReportPage(PageData(json), sink);
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
  command.add_option("a", flags->trace.model_a, "Model A")->required()->type_name("MODEL");
  command.add_option("b", flags->trace.model_b, "Model B")->required()->type_name("MODEL");
  AddOutputOption(command, flags->output, "Write to this file (default: standard output)");
  command
      .add_option("--format", flags->format,
                  "html (default), md, or json: all that the page is made of")
      ->check(CLI::IsMember({"html", "md", "json"}));
  AddTexts(command, flags->texts);
  AddWholePlanFlag(command, flags->plan);
  AddTraceOptions(command, flags->trace.controls, flags->trace.options);
  AddMergeAndResumeOptions(command, flags->trace);
  AddPartialFlag(command, flags->trace.shared.opening);
  AddSharedOptions(command, flags->trace.shared);
  return [flags] { return RunReport(*flags); };
}

}  // namespace modelkin
