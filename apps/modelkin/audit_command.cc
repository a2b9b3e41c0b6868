#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/escaped_text.h"
#include "commands.h"
#include "model_arguments.h"
#include "model_list.h"
#include "output_option.h"
#include "report/audit_report.h"
#include "report/trace_report.h"
#include "requests/short_names.h"
#include "shared_options.h"
#include "terminal.h"
#include "trace_options.h"
#include "wording/audit_answer.h"

namespace modelkin {
namespace {

constexpr const char* kAuditExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin audit demo/dense-a-tuned --against demo/dense-a --against demo/dense-b -o audit.json
  modelkin audit demo/dense-a-tuned --against demo/moe-c --page audit.html --traces traces
  modelkin verify audit.json)";

struct AuditFlags {
  AuditRequest request;              // but for its references
  std::vector<std::string> against;  // lists and models
  std::string page, traces;
  SharedOptions shared;
  OutputFlags output;
  bool json = false;
  bool details = false;
  bool exit_code = false;
};

std::vector<std::string> ReferencesOf(const std::vector<std::string>& against) {
  std::vector<std::string> references;
  for (const std::string& place : against) {
    const bool is_list = IsModelList(place);
    std::vector<std::string> named = is_list ? ReadModelList(place) : std::vector{place};
    if (named.empty()) {
      throw Error(ErrorKind::kBadInput, "names no model: a list has one a line",
                  {.file = place, .tensor = {}, .offset_bytes = {}});
    }
    for (std::string& model : named) {
      if (std::ranges::find(references, model) == references.end()) {
        references.push_back(std::move(model));
      }
    }
  }
  return references;
}

// The folder that --traces names, with a file for each trace.
class TraceFolder {
 public:
  TraceFolder(std::string folder, const AuditRequest& request, InputFiles inputs, bool force)
      : folder_(std::move(folder)),
        names_(ShortNames(request.references)),
        inputs_(std::move(inputs)),
        force_(force) {
    if (folder_.empty()) return;
    std::error_code failure;
    std::filesystem::create_directories(folder_, failure);
    if (failure) {
      throw Error(ErrorKind::kIo, fmt::format("cannot create: {}", failure.message()),
                  {.file = folder_, .tensor = {}, .offset_bytes = {}});
    }
    // Before hours of work.
    for (std::size_t i = 1; i <= names_.size(); ++i) static_cast<void>(Target(i));
  }

  void Write(std::size_t number, const TraceResults& trace) const {
    if (folder_.empty()) return;
    WriteToFile(Target(number), [&](const TextSink& sink) { WriteTraceJson(trace, sink); });
  }

 private:
  OutputTarget Target(std::size_t number) const {
    const std::string file =
        fmt::format("{:03}-{}.json", number, PlainFileName(names_[number - 1]));
    return PlanOutput((std::filesystem::path(folder_) / file).string(), inputs_, force_);
  }

  std::string folder_;
  std::vector<std::string> names_;
  InputFiles inputs_;
  bool force_;
};

int RunAudit(const AuditFlags& flags, const Program& program) {
  AuditRequest request = flags.request;
  request.references = ReferencesOf(flags.against);
  std::vector<std::string> lists = flags.against;
  std::erase_if(lists, [](const std::string& place) { return !IsModelList(place); });
  std::vector<std::string> models = request.references;
  models.push_back(request.candidate);
  models.insert(models.end(), request.controls.begin(), request.controls.end());
  for (const std::string& reference : request.references) {
    RequireReferenceModels(request.candidate, reference, request.controls);
  }
  const auto inputs = WithBase(models, request.opening);
  const auto target = PlanOutput(flags.output, inputs, lists);
  const InputFiles files = InputsOf(inputs, lists);
  std::optional<OutputTarget> page;
  if (!flags.page.empty()) page = PlanOutput(flags.page, files, flags.output.force);
  const TraceFolder traces(flags.traces, request, files, flags.output.force);
  const AuditResults results = AuditModel(
      request, MakeContext(program, flags.shared),
      [&](std::size_t number, const TraceResults& trace) { traces.Write(number, trace); });
  const auto json = [&](const TextSink& sink) { WriteAuditJson(results, sink); };
  WriteToFile(target, json);
  WriteToFile(page, [&](const TextSink& sink) { WriteAuditPage(results, sink); });
  if (flags.json) {
    WriteToStandardOutput(json);
  } else if (!flags.shared.quiet) {
    const Screen screen = ScreenOf(program, flags.details);
    WriteToTerminal([&](const TextSink& sink) { WriteAuditText(results, screen, sink); });
  }
  const std::string headline = AnswerOfAudit(results, Language::kEnglish).headline;
  SayWritten(target, program, flags.shared.quiet, headline);
  SayWritten(page, program, flags.shared.quiet, target ? "" : headline);
  return flags.exit_code && results.outcome() == AuditOutcome::kFound ? 1 : 0;
}

}  // namespace

Command AddAuditCommand(CLI::App& program) {
  auto flags = std::make_shared<AuditFlags>();
  CLI::App& command = *program.add_subcommand(
      "audit", "Hold a model against many, one after the other, with one correction over all");
  command.footer(
      std::string(
          "A list names a model a line: a folder, a file of weights or "
          "hf://org/name[@revision]. What begins\nwith # is left out. A model that can't be "
          "opened is said to be untestable, and the audit goes on.\n\n") +
      kAuditExamples);
  command.add_option("candidate", flags->request.candidate, "The model whose origin is asked for")
      ->required()
      ->type_name("MODEL");
  AddRepeatable(command, "--against", flags->against,
                "A list: a file with a model a line; or a model (repeatable)");
  command.get_option("--against")->required();
  AddTraceOptions(command, flags->request.controls, flags->request.options);
  AddResumeOption(command, flags->request.resume);
  AddOutputOption(command, flags->output);
  command.add_option("--page", flags->page, "Write a page to this file, in English and Korean");
  command.add_option("--traces", flags->traces,
                     "Write each trace to a file of this folder, as JSON that verify recomputes");
  command.add_flag("--json", flags->json, "JSON to standard output");
  AddDetailsFlag(command, flags->details);
  command.add_flag("--exit-code", flags->exit_code, "Exit with 1 if anything was found");
  AddOpeningOptions(command, flags->request.opening);
  AddComponentOption(command, flags->request.opening);
  AddSharedOptions(command, flags->shared);
  return [flags](const Program& running) { return RunAudit(*flags, running); };
}

}  // namespace modelkin
