#include "diff_command.h"

#include <memory>

#include "commands.h"
#include "show_plan.h"

namespace modelkin {
namespace {

constexpr const char* kDiffExamples = R"(Examples:
  modelkin demo --keep demo                         # makes the models of these examples
  modelkin diff demo/dense-a demo/dense-a-tuned
  modelkin diff demo/dense-a demo/dense-a --exit-code --quiet
  modelkin diff demo/dense-a demo/dense-b --json -o diff.json)";

int RunDiff(const DiffFlags& flags) {
  if (flags.plan) {
    ShowWholePlan({flags.model_a, flags.model_b}, flags.shared.opening);
    return 0;
  }
  const auto target =
      PlanOutput(flags.output, {flags.model_a, flags.model_b}, {flags.filter.key_map});
  const DiffRun run = DiffModels(flags, *MakeProgress(flags.shared));
  const DiffResults& results = run.results;
  WriteToFile(target, [&](const TextSink& sink) { WriteDiffJson(results, sink); });
  if (flags.json) {
    WriteToStandardOutput([&](const TextSink& sink) { WriteDiffJson(results, sink); });
  } else if (!flags.shared.quiet) {
    WriteToTerminal([&](const TextSink& sink) { WriteDiffText(results, ColourWanted(), sink); });
  }
  return flags.exit_code && !results.diff.all_identical() ? 1 : 0;
}

}  // namespace

DiffRun DiffModels(const DiffFlags& flags, Progress& progress) {
  DiffRun run;
  DiffResults& results = run.results;
  results.run = BeginRun("diff", flags.shared);
  const Checkpoint& a =
      run.models.emplace_back(OpenCheckpoint(flags.model_a, flags.shared.opening));
  const Checkpoint& b =
      run.models.emplace_back(OpenCheckpoint(flags.model_b, flags.shared.opening));
  results.a = &a;
  results.b = &b;
  const unsigned threads = results.run.threads;
  const DigestPolicy policy = flags.no_digest ? DigestPolicy::kNever : DigestPolicy::kAlways;
  results.inputs.push_back(DescribeInput(a, "a", policy, threads, progress));
  results.inputs.push_back(DescribeInput(b, "b", policy, threads, progress));
  results.diff = DiffBytes(a, b, PairByName(a, b, flags.filter.Parse()), threads, progress);
  return run;
}

void AddDiffOptions(CLI::App& command, DiffFlags& flags) {
  command.add_option("a", flags.model_a, "Model A")->required()->type_name("MODEL");
  command.add_option("b", flags.model_b, "Model B")->required()->type_name("MODEL");
  AddFilterFlags(command, flags.filter);
  AddOutputOption(command, flags.output);
  command.add_flag("--json", flags.json, "JSON to standard output");
  command.add_flag("--exit-code", flags.exit_code,
                   "Exit with 1 if any tensor differs, as git diff does");
  command.add_flag("--no-digest", flags.no_digest,
                   "No SHA-256 of whole files; tensors still get theirs");
  AddWholePlanFlag(command, flags.plan);
  AddPartialFlag(command, flags.shared.opening);
  AddSharedOptions(command, flags.shared);
}

Command AddDiffCommand(CLI::App& program) {
  auto flags = std::make_shared<DiffFlags>();
  CLI::App& command = *program.add_subcommand(
      "diff", "Compare two checkpoints to the bit; find tensors of A anywhere in B");
  command.footer(kDiffExamples);
  AddDiffOptions(command, *flags);
  return [flags] { return RunDiff(*flags); };
}

}  // namespace modelkin
