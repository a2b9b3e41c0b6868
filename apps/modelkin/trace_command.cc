#include "trace_command.h"

#include <fmt/format.h>

#include <deque>
#include <memory>

#include "base/error.h"
#include "commands.h"
#include "shared_options.h"
#include "show_plan.h"

namespace modelkin {
namespace {

constexpr const char* kTraceExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin trace demo/dense-a demo/dense-a-tuned --control demo/dense-b
  modelkin trace demo/dense-a demo/dense-b --json -o trace.json
  modelkin trace demo/dense-a demo/dense-b --quick --exit-code
  modelkin trace demo/dense-a demo/dense-a-tuned --parents demo/dense-a demo/dense-b
  modelkin trace demo/dense-a demo/dense-b --resume trace-state
  modelkin trace demo/dense-a demo/dense-a-tuned demo/dense-a  # a series: how it moved)";

// Writes to the file and the terminal that flags ask for.
template <class Results>
void WriteResults(const TraceFlags& flags, const std::optional<OutputTarget>& target,
                  const Results& results, void (*json)(const Results&, const TextSink&),
                  void (*text)(const Results&, bool, const TextSink&)) {
  WriteToFile(target, [&](const TextSink& sink) { json(results, sink); });
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { json(results, sink); });
  } else if (!flags.request.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) { text(results, ColourWanted(), sink); });
  }
}

std::vector<std::string> TracedPaths(const TraceFlags& flags) {
  std::vector<std::string> paths = {flags.request.model_a, flags.request.model_b};
  for (const auto* const more : {&flags.later, &flags.request.controls, &flags.request.parents}) {
    paths.insert(paths.end(), more->begin(), more->end());
  }
  return paths;
}

int RunTrace(const TraceFlags& flags) {
  const std::vector<std::string> paths = TracedPaths(flags);
  if (flags.plan) {
    ShowWholePlan(paths, flags.request.shared.opening);
    return 0;
  }
  const auto target = PlanOutput(flags.output, paths);
  if (!flags.later.empty()) {
    const DynamicsResults series = FollowSeries(flags, *MakeProgress(flags.request.shared));
    WriteResults(flags, target, series, WriteDynamicsJson, WriteDynamicsText);
    return 0;
  }
  const TraceRun run = TraceModels(flags.request, *MakeProgress(flags.request.shared));
  const TraceResults& results = run.results;
  WriteResults(flags, target, results, WriteTraceJson, WriteTraceText);
  const VerdictCategory category = results.trace.verdict.category;
  const bool nothing =
      category == VerdictCategory::kNoEvidence || category == VerdictCategory::kNotComparable;
  return flags.exit_code && !nothing ? 1 : 0;
}

}  // namespace

DynamicsResults FollowSeries(const TraceFlags& flags, Progress& progress) {
  if (!flags.request.controls.empty() || !flags.request.parents.empty() ||
      !flags.request.resume.empty() || flags.request.options.quick || flags.exit_code) {
    throw Error(ErrorKind::kUsage,
                "three models or more are checkpoints of one run: --control, --parents, --quick, "
                "--resume and --exit-code are about two");
  }
  DynamicsResults results{
      .inputs = {}, .dynamics = {}, .spectra = {}, .run = BeginRun("trace", flags.request.shared)};
  std::vector<std::string> paths = {flags.request.model_a, flags.request.model_b};
  paths.insert(paths.end(), flags.later.begin(), flags.later.end());
  std::deque<ModelParts> parts;
  std::vector<std::shared_ptr<const ByteSource>> sources;
  std::vector<const ModelParts*> series;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const OpenedModel model = OpenModel(paths[i], flags.request.shared.opening);
    InputRecord& input = results.inputs.emplace_back(
        DescribeInput(model.checkpoint, fmt::format("s{}", i + 1), DigestPolicy::kAuto,
                      results.run.threads, progress));
    input.warnings.insert(input.warnings.end(), model.warnings.begin(), model.warnings.end());
    series.push_back(
        &parts.emplace_back(PartsOf(model.checkpoint, model.spec ? &*model.spec : nullptr)));
    for (const CheckpointFile& file : model.checkpoint.files()) sources.push_back(file.source);
  }
  progress.Begin("following training", FollowTrainingBytes(series));
  results.dynamics = FollowTraining(series, results.run.threads, progress);
  for (const ModelParts* checkpoint : series) {
    results.spectra.push_back(SpectraOf(*checkpoint, results.run.threads, progress));
  }
  for (const auto& source : sources) source->RequireUnchanged();
  return results;
}

void AddTraceCommandOptions(CLI::App& command, TraceFlags& flags) {
  command.add_option("a", flags.request.model_a, "Model A")->required()->type_name("MODEL");
  command.add_option("b", flags.request.model_b, "Model B")->required()->type_name("MODEL");
  command
      .add_option("later", flags.later,
                  "Further checkpoints: all are then taken for a series of one training run, in "
                  "order, and what is said is how it moved")
      ->type_name("MODEL");
  AddTraceOptions(command, flags.request.controls, flags.request.options);
  AddMergeAndResumeOptions(command, flags.request);
  command.add_flag("!--no-descriptions", flags.request.options.describe,
                   "Leave out published fingerprints and spectra, which take long for wide models");
  AddOutputOption(command, flags.output);
  command.add_flag("--json", flags.json, "JSON to standard output");
  AddWholePlanFlag(command, flags.plan);
  command.add_flag("--exit-code", flags.exit_code,
                   "Exit with 1 if there is evidence of shared origin");
  AddPartialFlag(command, flags.request.shared.opening);
  AddSharedOptions(command, flags.request.shared);
}

Command AddTraceCommand(CLI::App& program) {
  auto flags = std::make_shared<TraceFlags>();
  CLI::App& command = *program.add_subcommand(
      "trace", "Test whether B is built on A, with p-values, and say how it was made");
  command.footer(kTraceExamples);
  AddTraceCommandOptions(command, *flags);
  return [flags] { return RunTrace(*flags); };
}

}  // namespace modelkin
