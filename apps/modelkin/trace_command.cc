#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/escaped_text.h"
#include "commands.h"
#include "model_arguments.h"
#include "output_option.h"
#include "report/dynamics_report.h"
#include "report/trace_report.h"
#include "requests/found_recipe.h"
#include "requests/trace_plan.h"
#include "shared_options.h"
#include "show_plan.h"
#include "terminal.h"
#include "trace_options.h"
#include "wording/answer.h"

namespace modelkin {
namespace {

constexpr const char* kTraceExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin trace demo/dense-a demo/dense-a-tuned --control demo/dense-b
  modelkin trace demo/dense-a demo/dense-b --json -o trace.json
  modelkin trace demo/dense-a demo/dense-b --quick --exit-code
  modelkin trace demo/dense-a demo/dense-a-tuned --parents demo/dense-a demo/dense-b
  modelkin trace demo/dense-a demo/dense-b --resume trace-state
  modelkin trace --series demo/dense-a demo/dense-a-tuned demo/dense-a  # how a run moved)";

struct TraceFlags {
  TraceRequest request;
  std::vector<std::string> later;  // checkpoints after these two, of a series
  bool series = false;
  std::string recipe;
  SharedOptions shared;
  OutputFlags output;
  bool json = false;
  bool details = false;
  bool plan = false;
  bool exit_code = false;
  std::optional<std::uint32_t> rank, world;
};

// Writes to the file and the terminal that flags ask for.
template <class Results>
void WriteResults(const TraceFlags& flags, const std::optional<OutputTarget>& target,
                  const Results& results, void (*json)(const Results&, const TextSink&, JsonDetail),
                  void (*text)(const Results&, const Screen&, const TextSink&),
                  const Program& program, std::string_view headline = "") {
  WriteToFile(target, [&](const TextSink& sink) { json(results, sink, JsonDetail::kWhole); });
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { json(results, sink, JsonDetail::kWhole); });
  } else if (!flags.shared.quiet) {
    const Screen screen = ScreenOf(program, flags.details);
    WriteToTerminal([&](const TextSink& sink) { text(results, screen, sink); });
  }
  SayWritten(target, program, flags.shared.quiet, headline);
}

// Three models are a series, or two with a reference model: only who typed them knows.
void RefuseThird(const TraceFlags& flags) {
  if (flags.series || flags.later.empty()) return;
  const std::string third = Printable(flags.later.front());
  throw Error(ErrorKind::kUsage,
              fmt::format("trace compares two models, and {} is a third: write --control {} for an "
                          "unrelated model to see the two beside, or --series for checkpoints of "
                          "one training run",
                          third, third));
}

SeriesRequest SeriesOf(const TraceFlags& flags) {
  const TraceRequest& request = flags.request;
  const ModelPaths& models = request.models;
  if (!models.controls.empty() || !models.parents.empty() || !request.resume.empty() ||
      request.options.quick() || flags.exit_code || !flags.recipe.empty()) {
    throw Error(ErrorKind::kUsage,
                "--series is of checkpoints of one run: --control, --parents, --recipe, --quick, "
                "--resume and --exit-code are about two models");
  }
  SeriesRequest series{.checkpoints = {models.a, models.b}, .opening = request.opening};
  series.checkpoints.insert(series.checkpoints.end(), flags.later.begin(), flags.later.end());
  return series;
}

int RunSeries(const TraceFlags& flags, const Program& program) {
  const SeriesRequest request = SeriesOf(flags);
  const auto target = PlanOutput(flags.output, WithBase(request.checkpoints, request.opening));
  const DynamicsResults series = FollowSeries(request, MakeContext(program, flags.shared));
  WriteResults(flags, target, series, WriteDynamicsJson, WriteDynamicsText, program);
  return 0;
}

// Returns whether there is one.
bool WriteRecipe(const TraceFlags& flags, const OutputTarget& target, const TraceResults& results,
                 const Program& program) {
  const auto found = WriteFoundRecipe(results, target, MakeContext(program, flags.shared));
  const bool says = !flags.shared.quiet && !flags.json;
  if (!found) {
    if (says) {
      WriteToTerminal([&](const TextSink& sink) {
        sink("\n  No merge of these parents was found: no recipe was written.\n");
      });
    }
    return false;
  }
  if (says) {
    WriteToTerminal([&](const TextSink& sink) {
      sink(fmt::format("\n  Recipe: {} ({}).\n", Printable(flags.recipe), found->Sentence()));
    });
  }
  return true;
}

// The file that --recipe names; nothing without.
std::optional<OutputTarget> PlanRecipe(const TraceFlags& flags) {
  if (flags.recipe.empty()) return std::nullopt;
  if (flags.request.models.parents.empty() || flags.request.options.quick()) {
    throw Error(ErrorKind::kUsage,
                "--recipe is of a merge: --parents names the models that B may be one of, and "
                "--quick looks for none");
  }
  if (flags.recipe == flags.output.path) {
    throw Error(ErrorKind::kUsage, "--recipe and -o name the same file");
  }
  const std::vector<std::string> models =
      WithBase(flags.request.models.All(), flags.request.opening);
  return PlanOutput(flags.recipe, InputsOf(models), flags.output.force);
}

// Does the share that --rank and --world name.
int RunShare(const TraceFlags& flags, const Program& program) {
  const std::array<bool, 8> others = {flags.series,
                                      flags.plan,
                                      flags.json,
                                      flags.exit_code,
                                      flags.details,
                                      !flags.output.path.empty(),
                                      !flags.recipe.empty(),
                                      !flags.rank || !flags.world};
  if (std::ranges::count(others, true) > 0) {
    throw Error(ErrorKind::kUsage,
                "--rank R --world N --resume FOLDER go together, and with what a trace looks at: a "
                "share has no result of its own");
  }
  const TraceShare share{.index = *flags.rank, .count = *flags.world};
  const bool more = TraceShareOf(flags.request, share, MakeContext(program, flags.shared));
  if (!flags.shared.quiet) {
    const std::string folder = Printable(flags.request.resume);
    fmt::print("rank {} of {}: {}\n", share.index, share.count,
               more ? fmt::format("its share is in {}; once all ranks have ended, run them again "
                                  "or go on without --rank",
                                  folder)
                    : fmt::format("nothing is left to share out; go on with --resume {} and "
                                  "without --rank",
                                  folder));
  }
  return 0;
}

int RunTrace(const TraceFlags& flags, const Program& program) {
  RefuseThird(flags);
  if (flags.rank || flags.world) return RunShare(flags, program);
  if (flags.plan) {
    const RequestContext context = MakeContext(program, flags.shared);
    if (!flags.series) {
      const Inputs models = Inputs::Open(flags.request.models, flags.request.opening, context);
      const PlannedTrace plan = PlanTrace(models, flags.request.options, context);
      ShowPlan(plan.inputs, plan.whole ? PlanScope::kAtMost : PlanScope::kFirstLook, program);
    } else {
      ShowWholePlan(Inputs::OpenSeries(SeriesOf(flags).checkpoints, flags.request.opening, context),
                    program);
    }
    return 0;
  }
  if (flags.series) return RunSeries(flags, program);
  const ModelPaths& models = flags.request.models;
  RequireReferenceModels(models.a, models.b, models.controls);
  const auto target =
      PlanOutput(flags.output, WithBase(flags.request.models.All(), flags.request.opening));
  const auto recipe = PlanRecipe(flags);
  const TraceResults results = TraceModels(flags.request, MakeContext(program, flags.shared));
  WriteResults(flags, target, results, WriteTraceJson, WriteTraceText, program,
               AnswerOf(results, Language::kEnglish).headline);
  if (recipe && !WriteRecipe(flags, *recipe, results, program)) return 1;
  const VerdictCategory category = results.verdict.category;
  const bool nothing =
      category == VerdictCategory::kNoEvidence || category == VerdictCategory::kNotComparable;
  return flags.exit_code && !nothing ? 1 : 0;
}

void AddTraceCommandOptions(CLI::App& command, TraceFlags& flags) {
  command.add_option("a", flags.request.models.a, "Model A")->required()->type_name("MODEL");
  command.add_option("b", flags.request.models.b, "Model B")->required()->type_name("MODEL");
  command.add_option("later", flags.later, "Further checkpoints, with --series alone")
      ->type_name("MODEL");
  command.add_flag("--series", flags.series,
                   "Take all models for checkpoints of one training run, in order, and say how it "
                   "moved");
  AddTraceOptions(command, flags.request.models.controls, flags.request.options);
  AddMergeAndResumeOptions(command, flags.request);
  command
      .add_option("--recipe", flags.recipe,
                  "Write the merge that was found to this file, as a configuration of mergekit")
      ->type_name("FILE");
  command.add_option("--rank", flags.rank,
                     "Do one process's share of the work, from 0 on, and keep it in the folder of "
                     "--resume, for --world of them side by side");
  command.add_option("--world", flags.world, "How many processes share the work");
  AddFingerprintsOption(command, flags.request.options,
                        "Other published fingerprints and spectra as well, which the verdict does "
                        "not use: minutes for wide models, hours for large ones");
  AddOutputOption(command, flags.output);
  command.add_flag("--json", flags.json, "JSON to standard output");
  AddDetailsFlag(command, flags.details);
  AddWholePlanFlag(command, flags.plan);
  command.add_flag("--exit-code", flags.exit_code,
                   "Exit with 1 if there is evidence of shared origin");
  AddOpeningOptions(command, flags.request.opening);
  AddComponentOption(command, flags.request.opening);
  AddSharedOptions(command, flags.shared);
}

}  // namespace

Command AddTraceCommand(CLI::App& program) {
  auto flags = std::make_shared<TraceFlags>();
  CLI::App& command = *program.add_subcommand(
      "trace", "Test whether B is built on A, with p-values, and say how it was made");
  command.footer(kTraceExamples);
  AddTraceCommandOptions(command, *flags);
  return [flags](const Program& running) { return RunTrace(*flags, running); };
}

}  // namespace modelkin
